import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What it says to one question. */
export interface SecretsAnswer {
  readonly status: number;
  readonly body: object;
}

/** Speaks GetSecretValue and nothing else. */
export interface SecretsServer {
  /** With these variables the client of Secrets Manager asks here. */
  readonly environment: Readonly<Record<string, string>>;
  /** Each question so far: what is wanted, and the body. */
  readonly asked: unknown[];
  close(): Promise<void>;
}

/** The answer that gives a secret's value. */
export const secretValue = (arn: string, secretString: string): SecretsAnswer => ({
  status: 200,
  body: { ARN: arn, Name: 'secret', SecretString: secretString },
});

/** @param answer by the ARN that is asked for */
export async function openSecretsServer(answer: (arn: string) => SecretsAnswer): Promise<SecretsServer> {
  const asked: unknown[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const question: { SecretId: string } = JSON.parse(Buffer.concat(chunks).toString('utf8'));
      asked.push([request.headers['x-amz-target'], question]);
      const { status, body } = answer(question.SecretId);
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify(body));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A server that listens on a port has the address of one.
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return {
    environment: {
      AWS_ENDPOINT_URL_SECRETS_MANAGER: `http://127.0.0.1:${port}`,
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    },
    asked,
    close,
  };
}
