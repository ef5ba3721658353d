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
import { type Deliveries, DeliveryTopic } from './delivery-topic.ts';
import { createTables } from './tables.ts';

/** What the races are run on; as a scene, what the project's own operations are run on: the same pool, the same Redis. */
export interface Lab extends Scene {
  readonly pool: CountingPool;
  readonly locks: Readonly<Record<LockKind, Lock>>;
  readonly deliveries: Deliveries;
  readonly random: Random;
  /** Of the locks that the protections take. */
  readonly leaseMs: number;
  /** What a handler does between its read and its write: a millisecond, unless told otherwise. */
  think(): Promise<void>;
}

/** More than the races under way have attempts, so that none waits for a connection by accident. */
const poolMax = 48;

/** How fast a laboratory works. */
export interface Pace {
  readonly thinkMs: number;
  readonly leaseMs: number;
}

/** Leases far above what a race takes: none ends early. */
const usualPace: Pace = { thinkMs: 1, leaseMs: 10_000 };

/** Opens a laboratory in a database of its own on the server; what is opened is closed with the stack. */
export async function openLab(urls: StackUrls, seed: number, stack: AsyncDisposableStack): Promise<Lab> {
  const database = await createScratchDatabase(urls.databaseUrl);
  stack.defer(() => database.drop());
  await migrateToLatest(database.url);
  const random = new Random(seed);
  const joined = joinLab({ databaseUrl: database.url, redisUrl: urls.redisUrl }, random, stack);
  await createTables(joined.pool);
  const deliveries = await DeliveryTopic.open(urls.kafkaBrokers.split(','), random.fork(0));
  stack.defer(() => deliveries.close());
  return { ...joined, deliveries };
}

/** Connects to a laboratory that is open, maybe in another process; the connections are closed with the stack. */
export function joinLab(
  { databaseUrl, redisUrl }: Pick<Lab, 'databaseUrl' | 'redisUrl'>,
  random: Random,
  stack: AsyncDisposableStack,
): Omit<Lab, 'deliveries'> {
  const pool = new CountingPool(databaseUrl, poolMax);
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
  // Ends the pool too.
  stack.defer(() => db.destroy());
  const redis = createRedis({ url: redisUrl, cluster: false });
  stack.defer(() => redis.disconnect());
  const locks = {
    simple: createLock('simple', redis),
    spin: createLock('spin', redis),
    pubsub: createLock('pubsub', redis),
  };
  for (const lock of Object.values(locks)) stack.defer(() => lock.close());
  return {
    databaseUrl,
    redisUrl,
    pool,
    db,
    redis,
    cache: async () => ({ redis }),
    locks,
    seatLock: locks.simple,
    walletLock: locks.pubsub,
    random,
    leaseMs: usualPace.leaseMs,
    think: () => sleep(usualPace.thinkMs),
  };
}

/** The same laboratory at another pace; the locks of the project's own operations end no later than the others. */
export function atPace(lab: Lab, { thinkMs, leaseMs }: Pace): Lab {
  const leased = (lock: Lock): Lock => ({
    acquire: (resources, options) =>
      lock.acquire(resources, { ...options, leaseMs: Math.min(options.leaseMs, leaseMs) }),
    release: (resources, token) => lock.release(resources, token),
    extend: (resources, token, ms) => lock.extend(resources, token, ms),
    close: () => lock.close(),
  });
  return {
    ...lab,
    leaseMs,
    think: () => sleep(thinkMs),
    seatLock: leased(lab.seatLock),
    walletLock: leased(lab.walletLock),
  };
}
