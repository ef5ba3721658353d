import * as v from 'valibot';
import { type Config, readConfig } from './config.ts';
import { createDatabase, type Db } from './db/client.ts';
import type { PoolSettings } from './db/pool.ts';
import type { KafkaSettings } from './events/kafka.ts';
import { type Authenticate, createAuthenticate } from './http/authenticate.ts';
import type { PerformanceId } from './ids.ts';
import { lazy } from './lazy.ts';
import { createLock } from './lock/create-lock.ts';
import type { Lock } from './lock/lock.ts';
import { lockMetrics } from './lock/lock-metrics.ts';
import { createHalls, type Hall } from './performances/hall.ts';
import { createRedis, type RedisClient } from './redis/client.ts';
import { Credentials, createSecret, RedisSecret } from './secrets.ts';

/** What the invocations of one Lambda container share. Clients connect when they are first used. */
export interface Runtime {
  readonly config: Config;
  readonly databaseSettings: PoolSettings;
  readonly db: Db;
  readonly kafka: KafkaSettings;
  /** Opened by those who need it: its secret is no business of the others. */
  readonly cache: () => Promise<Cache>;
  readonly authenticate: Authenticate;
  readonly receiptKey: () => Promise<string>;
  /** @throws Problem `not-found` */
  readonly findHall: (performanceId: PerformanceId) => Promise<Hall>;
}

/** Redis, and what is built on it. */
export interface Cache {
  readonly redis: RedisClient;
  readonly seatLock: Lock;
  readonly walletLock: Lock;
}

const ReceiptSecret = v.object({ key: v.pipe(v.string(), v.minLength(32)) });

/** The runtime of this container, made at the cold start from its environment. */
export const runtime = lazy(async () => createRuntime(readConfig(process.env)));

function createRuntime(config: Config): Runtime {
  const databaseSettings = { ...config.database, ...credentialsOf(config.database.secretArn) };
  const db = createDatabase(databaseSettings);
  return {
    config,
    databaseSettings,
    db,
    kafka: { brokers: config.kafka.brokers, ...credentialsOf(config.kafka.secretArn) },
    cache: lazy(() => openCache(config)),
    authenticate: createAuthenticate(config.auth),
    receiptKey: receiptKeyOf(config),
    findHall: createHalls(db),
  };
}

async function openCache(config: Config): Promise<Cache> {
  const redis = createRedis({ ...config.redis, ...(await redisPassword(config)) });
  return {
    redis,
    seatLock: createLock(config.locks.seat, redis, lockMetrics('seat')),
    walletLock: createLock(config.locks.wallet, redis, lockMetrics('wallet')),
  };
}

const credentialsOf = (secretArn: string | undefined) =>
  secretArn === undefined ? {} : { credentials: createSecret(secretArn, Credentials) };

async function redisPassword({ redis: { secretArn } }: Config): Promise<{ password?: string }> {
  if (secretArn === undefined) return {};
  return { password: (await createSecret(secretArn, RedisSecret).read()).authToken };
}

function receiptKeyOf({ receipts }: Config): () => Promise<string> {
  if ('key' in receipts) return async () => receipts.key;
  // Never rotated: once it is known, the queue has no need of Secrets Manager.
  const secret = createSecret(receipts.secretArn, ReceiptSecret);
  return lazy(async () => (await secret.read()).key);
}
