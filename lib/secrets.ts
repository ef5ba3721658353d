import * as v from 'valibot';
import { DependencyError } from './errors.ts';

/** How long a secret is used before it is asked for again: a rotation is picked up within this time. */
const keptForMs = 5 * 60_000;

/** What the secrets of the servers hold: of Postgres and Kafka, and of Redis. */
export const Credentials = v.object({ username: v.string(), password: v.string() });
export const RedisSecret = v.object({ authToken: v.string() });

/** A secret of Secrets Manager: read at first use, kept, and read again after `forget`. */
export interface Secret<T> {
  /** @throws DependencyError `secrets` */
  read(): Promise<T>;
  /** For use after an authentication failure: the secret may have been rotated. */
  forget(): void;
}

/**
 * A secret whose value is a JSON object of the given shape. `GetSecretValue` once per `keptForMs`; the client
 * is loaded only when there is a secret to read, since it costs 100 ms of a cold start.
 */
export function createSecret<T>(arn: string, shape: v.GenericSchema<unknown, T>): Secret<T> {
  let kept: { readonly value: Promise<T>; readonly untilMs: number } | undefined;
  const forget = () => {
    kept = undefined;
  };
  const read = () => {
    if (kept && performance.now() < kept.untilMs) return kept.value;
    const value = fetchSecret(arn, shape);
    kept = { value, untilMs: performance.now() + keptForMs };
    // The caller gets the rejection from `value`; here it only must not be kept.
    value.catch(forget);
    return value;
  };
  return { read, forget };
}

async function fetchSecret<T>(arn: string, shape: v.GenericSchema<unknown, T>): Promise<T> {
  const { GetSecretValueCommand, SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager');
  const client = new SecretsManagerClient({ maxAttempts: 2 });
  try {
    const answer = await client.send(
      // Stated, because some servers of this API answer the previous version without it.
      new GetSecretValueCommand({ SecretId: arn, VersionStage: 'AWSCURRENT' }),
      { abortSignal: AbortSignal.timeout(2_000) },
    );
    return parseSecret(shape, answer.SecretString);
  } catch (error) {
    throw new DependencyError('secrets', error);
  } finally {
    client.destroy();
  }
}

/** What the secret holds is told to nobody: the messages of a parser repeat what they were given. */
function parseSecret<T>(shape: v.GenericSchema<unknown, T>, text: string | undefined): T {
  const result = v.safeParse(v.pipe(v.string(), v.parseJson(), shape), text);
  if (result.success) return result.output;
  const faults = result.issues.map(
    (issue) => `${v.getDotPath(issue) ?? 'secret'}: not valid (${issue.type})`,
  );
  throw new Error(faults.join('; '));
}
