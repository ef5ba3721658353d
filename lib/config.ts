import type { JSONWebKeySet } from 'jose';
import * as v from 'valibot';
import type { TopicNames } from './events/outbox-topic.ts';
import { defaultPollsPerSecond } from './queue/poll-interval.ts';

const flag = v.optional(
  v.pipe(
    v.picklist(['true', 'false']),
    v.transform((text) => text === 'true'),
  ),
  'false',
);
const arn = v.optional(v.pipe(v.string(), v.startsWith('arn:')));
const lockKind = v.picklist(['simple', 'spin', 'pubsub']);

const keySet = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ keys: v.array(v.looseObject({ kty: v.string() })) }),
);

const Environment = v.object({
  REDIS_URL: v.pipe(v.string(), v.url()),
  REDIS_CLUSTER: flag,
  REDIS_SECRET_ARN: arn,
  DATABASE_URL: v.pipe(v.string(), v.url()),
  DATABASE_SECRET_ARN: arn,
  DATABASE_POOL_MAX: v.optional(v.pipe(v.string(), v.transform(Number), v.integer(), v.minValue(1)), '2'),
  KAFKA_BROKERS: v.pipe(
    v.string(),
    v.nonEmpty(),
    v.transform((text) => text.split(',')),
  ),
  KAFKA_SECRET_ARN: arn,
  RESERVATION_EVENTS_TOPIC: v.optional(v.pipe(v.string(), v.nonEmpty()), 'reservation-events'),
  RESERVATION_REQUESTS_TOPIC: v.optional(v.pipe(v.string(), v.nonEmpty()), 'reservation-requests'),
  RECEIPT_KEY: v.optional(v.pipe(v.string(), v.minLength(32))),
  RECEIPT_SECRET_ARN: arn,
  AUTH_ISSUER: v.pipe(v.string(), v.nonEmpty()),
  AUTH_AUDIENCE: v.pipe(v.string(), v.nonEmpty()),
  AUTH_JWKS: v.optional(keySet),
  AUTH_JWKS_URL: v.optional(v.pipe(v.string(), v.url())),
  QUEUE_POLLS_PER_SECOND: v.optional(
    v.pipe(v.string(), v.transform(Number), v.integer(), v.minValue(1)),
    String(defaultPollsPerSecond),
  ),
  SEAT_LOCK: v.optional(lockKind, 'simple'),
  WALLET_LOCK: v.optional(lockKind, 'pubsub'),
});

/** The environment as the code uses it. */
export interface Config {
  readonly redis: { readonly url: string; readonly cluster: boolean; readonly secretArn: string | undefined };
  readonly database: {
    readonly url: string;
    readonly poolMax: number;
    readonly secretArn: string | undefined;
  };
  readonly kafka: { readonly brokers: readonly string[]; readonly secretArn: string | undefined };
  readonly topics: TopicNames;
  readonly receipts: { readonly key: string } | { readonly secretArn: string };
  readonly auth: {
    readonly issuer: string;
    readonly audience: string;
    readonly keys: { readonly url: string } | { readonly jwks: JSONWebKeySet };
  };
  readonly queue: {
    /** How many polls all who wait for one performance may make together. */
    readonly pollsPerSecond: number;
  };
  readonly locks: {
    readonly seat: v.InferOutput<typeof lockKind>;
    readonly wallet: v.InferOutput<typeof lockKind>;
  };
}

/** The environment lacks something, or has something that cannot be. The message names each variable. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * Reads and checks the whole environment; called once, at the cold start.
 *
 * @throws ConfigError
 */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const result = v.safeParse(Environment, environment);
  if (!result.success) {
    // Not `issue.message`, which repeats the value: an address may have a password in it.
    const faults = result.issues.map((issue) => {
      const fault = issue.received === 'undefined' ? 'missing' : `not valid (${issue.type})`;
      return `${v.getDotPath(issue) ?? 'environment'}: ${fault}`;
    });
    throw new ConfigError(faults.join('; '));
  }
  const env = result.output;
  return {
    redis: { url: env.REDIS_URL, cluster: env.REDIS_CLUSTER, secretArn: env.REDIS_SECRET_ARN },
    database: { url: env.DATABASE_URL, poolMax: env.DATABASE_POOL_MAX, secretArn: env.DATABASE_SECRET_ARN },
    kafka: { brokers: env.KAFKA_BROKERS, secretArn: env.KAFKA_SECRET_ARN },
    topics: {
      'reservation-events': env.RESERVATION_EVENTS_TOPIC,
      'reservation-requests': env.RESERVATION_REQUESTS_TOPIC,
    },
    receipts: receiptSettings(env),
    auth: { issuer: env.AUTH_ISSUER, audience: env.AUTH_AUDIENCE, keys: keySettings(env) },
    queue: { pollsPerSecond: env.QUEUE_POLLS_PER_SECOND },
    locks: { seat: env.SEAT_LOCK, wallet: env.WALLET_LOCK },
  };
}

type Env = v.InferOutput<typeof Environment>;

function receiptSettings(env: Env): Config['receipts'] {
  if (env.RECEIPT_SECRET_ARN !== undefined) return { secretArn: env.RECEIPT_SECRET_ARN };
  if (env.RECEIPT_KEY !== undefined) return { key: env.RECEIPT_KEY };
  throw new ConfigError('RECEIPT_KEY or RECEIPT_SECRET_ARN is needed');
}

function keySettings(env: Env): Config['auth']['keys'] {
  if (env.AUTH_JWKS_URL !== undefined) return { url: env.AUTH_JWKS_URL };
  if (env.AUTH_JWKS !== undefined) return { jwks: env.AUTH_JWKS };
  throw new ConfigError('AUTH_JWKS_URL or AUTH_JWKS is needed');
}
