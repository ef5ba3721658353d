import { afterAll, beforeAll } from '@jest/globals';
import { testDatabase, testRedis } from '../../test/services.ts';
import type { Db } from '../db/client.ts';
import type { LockKind } from '../lock/create-lock.ts';
import type { Lock } from '../lock/lock.ts';
import type { RedisClient } from '../redis/client.ts';
import { connectScene } from './connect-scene.ts';

/** The first scene of a run starts the services. */
const openWithinMs = 120_000;

/** A database, a Redis database and clients of a test file's own, all empty but for the schema. */
export interface Scene {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly db: Db;
  readonly redis: RedisClient;
  readonly locks: Readonly<Record<LockKind, Lock>>;
  /** Of the kinds that are the default. */
  readonly seatLock: Lock;
  readonly walletLock: Lock;
  /** The same Redis, as operations take it that can do without. */
  readonly cache: () => Promise<{ readonly redis: RedisClient }>;
}

/** Connections to Postgres: as many things can be under way at once. */
const poolMax = 12;

async function openScene(stack: AsyncDisposableStack): Promise<Scene> {
  const { databaseUrl, drop } = await testDatabase();
  stack.defer(drop);
  const { redisUrl, drop: empty } = await testRedis();
  stack.defer(empty);
  return connectScene({ databaseUrl, redisUrl }, poolMax, stack);
}

/** The scene of a test file: opened before its first test, closed after its last. */
export function useScene(): Scene {
  const stack = new AsyncDisposableStack();
  // Filled before the first test; only tests and hooks look at it.
  const scene = {} as Scene;
  beforeAll(async () => {
    Object.assign(scene, await openScene(stack));
  }, openWithinMs);
  afterAll(async () => {
    await stack.disposeAsync();
  });
  return scene;
}
