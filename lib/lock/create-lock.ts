import type { RedisClient } from '../redis/client.ts';
import type { Lock, LockObserver } from './lock.ts';
import { PubSubLock } from './pubsub-lock.ts';
import { SimpleLock } from './simple-lock.ts';
import { SpinLock } from './spin-lock.ts';

const kinds = { simple: SimpleLock, spin: SpinLock, pubsub: PubSubLock };

/** Which lock a use is configured with. */
export type LockKind = keyof typeof kinds;

/**
 * The lock of a kind. It opens nothing before it is used; `close` it when the process does not need it any more.
 *
 * @param redis stays its owner's: `close` leaves it open
 */
export function createLock(kind: LockKind, redis: RedisClient, observer: LockObserver = {}): Lock {
  return new kinds[kind](redis, observer);
}
