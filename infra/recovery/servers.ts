import { readFileSync } from 'node:fs';
import kafkajs, { type Kafka, type KafkaConfig } from 'kafkajs';
import * as v from 'valibot';
import { createDatabase, type Db } from '../../lib/db/client.ts';
import { createRedis, type RedisClient } from '../../lib/redis/client.ts';
import { Credentials, createSecret, RedisSecret } from '../../lib/secrets.ts';
import { stackFile } from '../local/paths.ts';
import { isSystemError } from '../local/system-error.ts';

/**
 * The servers of the environment, named and signed in at as the functions do (lib/config.ts); what it does not
 * name is that of the running `npm run dev`.
 */
type Environment = Readonly<Record<string, string | undefined>>;

const Stack = v.object({ redisUrl: v.string(), databaseUrl: v.string(), kafkaBrokers: v.string() });

/** One query of a rebuild has more to do than one of a request. */
const queryTimeoutMs = 20_000;

/** A server is named nowhere. */
export class NoServerError extends Error {
  override readonly name = 'NoServerError';
}

function addressOf(
  environment: Environment,
  variable: 'REDIS_URL' | 'DATABASE_URL' | 'KAFKA_BROKERS',
  member: keyof v.InferOutput<typeof Stack>,
): string {
  const named = environment[variable];
  if (named !== undefined && named !== '') return named;
  try {
    return v.parse(v.pipe(v.string(), v.parseJson(), Stack), readFileSync(stackFile, 'utf8'))[member];
  } catch (error) {
    if (!isSystemError(error, 'ENOENT')) throw error;
    throw new NoServerError(`set ${variable}, or start npm run dev`);
  }
}

/** @throws NoServerError */
export function openDatabase(environment: Environment): Db {
  const { DATABASE_SECRET_ARN: arn } = environment;
  return createDatabase({
    url: addressOf(environment, 'DATABASE_URL', 'databaseUrl'),
    poolMax: 4,
    queryTimeoutMs,
    ...(arn === undefined ? {} : { credentials: createSecret(arn, Credentials) }),
  });
}

/** @throws NoServerError @throws DependencyError `secrets` */
export async function openRedis(environment: Environment): Promise<RedisClient> {
  const { REDIS_SECRET_ARN: arn, REDIS_CLUSTER } = environment;
  return createRedis({
    url: addressOf(environment, 'REDIS_URL', 'redisUrl'),
    cluster: REDIS_CLUSTER === 'true',
    ...(arn === undefined ? {} : { password: (await createSecret(arn, RedisSecret).read()).authToken }),
  });
}

/** @throws NoServerError @throws DependencyError `secrets` */
export async function openKafka(environment: Environment): Promise<Kafka> {
  const { KAFKA_SECRET_ARN: arn } = environment;
  const config: KafkaConfig = {
    clientId: 'recovery',
    brokers: addressOf(environment, 'KAFKA_BROKERS', 'kafkaBrokers').split(','),
    connectionTimeout: 2_000,
    requestTimeout: 10_000,
    logLevel: kafkajs.logLevel.NOTHING,
    retry: { retries: 5, initialRetryTime: 100, maxRetryTime: 1_000 },
  };
  if (arn === undefined) return new kafkajs.Kafka(config);
  const sasl = { mechanism: 'scram-sha-512', ...(await createSecret(arn, Credentials).read()) } as const;
  return new kafkajs.Kafka({ ...config, ssl: true, sasl });
}
