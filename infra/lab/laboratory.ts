import { setTimeout as sleep } from 'node:timers/promises';
import { Kysely, PostgresDialect } from 'kysely';
import type { Database } from '../../lib/db/schema.ts';
import { createLock, type LockKind } from '../../lib/lock/create-lock.ts';
import type { Lock } from '../../lib/lock/lock.ts';
import { createRedis } from '../../lib/redis/client.ts';
import type { Scene } from '../../lib/testing/scene.ts';
import { Random } from '../demo/random.ts';
import { createScratchDatabase } from '../demo/scratch-database.ts';
import type { StackUrls } from '../local/stack.ts';
import { migrateToLatest } from '../migrations/migrate.ts';
import { CountingPool } from './counting-pool.ts';
import { DeliveryTopic } from './delivery-topic.ts';
import { createTables } from './tables.ts';

/** What the races are run on; as a scene, what the project's own operations are run on: the same pool, the same Redis. */
export interface Lab extends Scene {
  readonly pool: CountingPool;
  readonly locks: Readonly<Record<LockKind, Lock>>;
  readonly deliveries: DeliveryTopic;
  readonly random: Random;
  /** Of the locks that the protections take. */
  readonly leaseMs: number;
  /** What a handler does between its read and its write: a millisecond, unless told otherwise. */
  think(): Promise<void>;
}

/** More than any race has attempts, so that no attempt waits for a connection by accident. */
const poolMax = 16;
/** Far above what a race takes: no lease ends early. */
const ampleTimes = { thinkMs: 1, leaseMs: 10_000 };

/** Opens a laboratory in a database of its own on the server; what is opened is closed with the stack. */
export async function openLab(
  urls: StackUrls,
  seed: number,
  stack: AsyncDisposableStack,
  { thinkMs, leaseMs } = ampleTimes,
): Promise<Lab> {
  const database = await createScratchDatabase(urls.databaseUrl);
  stack.defer(() => database.drop());
  await migrateToLatest(database.url);
  const pool = new CountingPool(database.url, poolMax);
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
  // Ends the pool too.
  stack.defer(() => db.destroy());
  await createTables(pool);
  const redis = createRedis({ url: urls.redisUrl, cluster: false });
  stack.defer(() => redis.disconnect());
  const locks = {
    simple: createLock('simple', redis),
    spin: createLock('spin', redis),
    pubsub: createLock('pubsub', redis),
  };
  for (const lock of Object.values(locks)) stack.defer(() => lock.close());
  const random = new Random(seed);
  const deliveries = await DeliveryTopic.open(urls.kafkaBrokers.split(','), random.fork(0));
  stack.defer(() => deliveries.close());
  return {
    databaseUrl: database.url,
    redisUrl: urls.redisUrl,
    pool,
    db,
    redis,
    cache: async () => ({ redis }),
    locks,
    seatLock: locks.simple,
    walletLock: locks.pubsub,
    deliveries,
    random,
    leaseMs,
    think: () => sleep(thinkMs),
  };
}
