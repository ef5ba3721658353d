import { createDatabase } from '../db/client.ts';
import { createLock, type LockKind } from '../lock/create-lock.ts';
import { createRedis } from '../redis/client.ts';
import type { Scene } from './scene.ts';

/**
 * The clients of a scene, for servers that somebody else has opened, in or out of a test. Closed with the stack.
 *
 * @param poolMax connections to Postgres: as many things can be under way at once
 */
export function connectScene(
  { databaseUrl, redisUrl }: Pick<Scene, 'databaseUrl' | 'redisUrl'>,
  poolMax: number,
  stack: AsyncDisposableStack,
): Scene {
  const db = createDatabase({ url: databaseUrl, poolMax });
  stack.defer(() => db.destroy());
  const redis = createRedis({ url: redisUrl, cluster: false });
  stack.defer(() => redis.disconnect());
  const newLock = (kind: LockKind) => {
    const lock = createLock(kind, redis);
    stack.defer(() => lock.close());
    return lock;
  };
  const locks = { simple: newLock('simple'), spin: newLock('spin'), pubsub: newLock('pubsub') };
  const chosen = { locks, seatLock: locks.simple, walletLock: locks.pubsub };
  return { databaseUrl, redisUrl, db, redis, ...chosen, cache: async () => ({ redis }) };
}
