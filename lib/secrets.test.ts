import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import * as v from 'valibot';
import { DependencyError } from './errors.ts';
import { createSecret } from './secrets.ts';
import { failureOf } from './testing/race.ts';

const arn = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:database';
const Credentials = v.object({ username: v.string(), password: v.string() });

/** Speaks GetSecretValue and nothing else. */
let server: Server;
const asked: unknown[] = [];
let answer: { status: number; body: object };

const holds = (secretString: string) => {
  answer = { status: 200, body: { ARN: arn, Name: 'database', SecretString: secretString } };
};

const kept = new Map<string, string | undefined>();
function setEnvironment(values: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(values)) {
    kept.set(name, process.env[name]);
    process.env[name] = value;
  }
}

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      asked.push([request.headers['x-amz-target'], JSON.parse(Buffer.concat(chunks).toString('utf8'))]);
      response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify(answer.body));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A server that listens on a port has the address of one.
  const { port } = server.address() as AddressInfo;
  setEnvironment({
    AWS_ENDPOINT_URL_SECRETS_MANAGER: `http://127.0.0.1:${port}`,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  });
});
afterAll(async () => {
  for (const [name, value] of kept) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
beforeEach(() => {
  asked.length = 0;
  holds('{"username":"u","password":"p","host":"h"}');
});

describe('a secret', () => {
  test('is asked for by its ARN, in its current version, and read in its shape', async () => {
    await expect(createSecret(arn, Credentials).read()).resolves.toEqual({ username: 'u', password: 'p' });
    expect(asked).toEqual([['secretsmanager.GetSecretValue', { SecretId: arn, VersionStage: 'AWSCURRENT' }]]);
  });

  test('is asked for once, also by many at once', async () => {
    const secret = createSecret(arn, Credentials);
    await Promise.all([secret.read(), secret.read()]);
    await secret.read();
    expect(asked).toHaveLength(1);
  });

  test('is not asked for before it is read', () => {
    createSecret(arn, Credentials);
    expect(asked).toEqual([]);
  });

  test('that was forgotten is read again', async () => {
    const secret = createSecret(arn, Credentials);
    await secret.read();
    holds('{"username":"u","password":"rotated"}');
    await expect(secret.read()).resolves.toMatchObject({ password: 'p' });
    secret.forget();
    await expect(secret.read()).resolves.toMatchObject({ password: 'rotated' });
  });
});

describe('what goes wrong is an outage of the service', () => {
  const refusal = { __type: 'ResourceNotFoundException', message: 'cannot find the secret' };

  test('first call fails, second succeeds', async () => {
    answer = { status: 400, body: refusal };
    const secret = createSecret(arn, Credentials);
    const failure = await failureOf(secret.read());
    expect(failure).toBeInstanceOf(DependencyError);
    expect(failure).toMatchObject({ dependency: 'secrets' });
    holds('{"username":"u","password":"p"}');
    await expect(secret.read()).resolves.toMatchObject({ username: 'u' });
  });

  test.each([
    ['no JSON', 'hunter2'],
    ['broken JSON', '{"password": hunter2}'],
    ['another type', '"hunter2"'],
    ['a member of another type', '{"username":["hunter2"],"password":"p"}'],
    ['a member that is missing', '{"password":"hunter2"}'],
  ])('%s, and what it holds is not told', async (_, text) => {
    holds(text);
    const failure = await failureOf(createSecret(arn, Credentials).read());
    expect(failure).toBeInstanceOf(DependencyError);
    // What a log would show: the message, and those of all its causes.
    const told: string[] = [];
    for (let error = failure; error instanceof Error; error = error.cause) {
      told.push(error.message, JSON.stringify(error), error.stack ?? '');
    }
    expect(told.join()).not.toContain('hunter2');
  });
});
