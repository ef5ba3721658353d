import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import * as v from 'valibot';
import { DependencyError } from './errors.ts';
import { createSecret } from './secrets.ts';
import { failureOf } from './testing/race.ts';
import {
  openSecretsServer,
  type SecretsAnswer,
  type SecretsServer,
  secretValue,
} from './testing/secrets-server.ts';

const arn = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:database';
const Credentials = v.object({ username: v.string(), password: v.string() });

let server: SecretsServer;
let answer: SecretsAnswer;

const holds = (secretString: string) => {
  answer = secretValue(arn, secretString);
};

const kept = new Map<string, string | undefined>();
function setEnvironment(values: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(values)) {
    kept.set(name, process.env[name]);
    process.env[name] = value;
  }
}

beforeAll(async () => {
  server = await openSecretsServer(() => answer);
  setEnvironment(server.environment);
});
afterAll(async () => {
  for (const [name, value] of kept) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  await server.close();
});
beforeEach(() => {
  server.asked.length = 0;
  holds('{"username":"u","password":"p","host":"h"}');
});

describe('a secret', () => {
  test('is asked for by its ARN, in its current version, and read in its shape', async () => {
    await expect(createSecret(arn, Credentials).read()).resolves.toEqual({ username: 'u', password: 'p' });
    expect(server.asked).toEqual([
      ['secretsmanager.GetSecretValue', { SecretId: arn, VersionStage: 'AWSCURRENT' }],
    ]);
  });

  test('is asked for once, also by many at once', async () => {
    const secret = createSecret(arn, Credentials);
    await Promise.all([secret.read(), secret.read()]);
    await secret.read();
    expect(server.asked).toHaveLength(1);
  });

  test('is not asked for before it is read', () => {
    createSecret(arn, Credentials);
    expect(server.asked).toEqual([]);
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
