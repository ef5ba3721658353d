import { setTimeout as sleep } from 'node:timers/promises';
import type { RedisClient } from '../../redis/client.ts';
import { LockContendedError } from '../errors.ts';
import type { Lease, Lock } from '../lock.ts';

const lease = { leaseMs: 10_000, waitMs: 10_000 };

/** Holds nothing and lets everybody in: what a detector must detect. */
export const brokenLock: Lock = {
  acquire: (resources) => {
    const broken: Lease = {
      resources,
      token: 'broken',
      fence: 1,
      remainingMs: () => 1,
      signal: new AbortController().signal,
      extend: () => Promise.resolve(),
      release: () => Promise.resolve(),
    };
    return Promise.resolve(broken);
  },
  release: () => Promise.resolve(1),
  extend: () => Promise.resolve(),
  close: () => Promise.resolve(),
};

export interface Contention {
  /** Times that somebody came in while another was inside. */
  readonly overlaps: number;
  /** Turns that lasted longer than their lease, as their holder knew: another may have come in meanwhile. */
  readonly outlastedLeases: number;
  /** Fences in the order of the acquisitions. */
  readonly fences: readonly number[];
}

/**
 * Takes and releases one lock so many times, and counts on a Redis key who else is inside. Inside it waits for
 * that count twice: long enough for another to be seen.
 */
export async function contend(
  lock: Lock,
  redis: RedisClient,
  resource: string,
  rounds: number,
): Promise<Contention> {
  const fences: number[] = [];
  let overlaps = 0;
  let outlastedLeases = 0;
  for (let round = 0; round < rounds; round += 1) {
    const held = await acquirePatiently(lock, resource);
    const inside = await redis.incr(`${resource}:inside`);
    if (inside > 1) overlaps += 1;
    fences.push(held.fence);
    await redis.rpush(`${resource}:fences`, held.fence);
    await redis.decr(`${resource}:inside`);
    if (held.remainingMs() === 0) outlastedLeases += 1;
    await held.release();
  }
  return { overlaps, outlastedLeases, fences };
}

/** The simple lock does not wait: its callers come back. */
async function acquirePatiently(lock: Lock, resource: string): Promise<Lease> {
  const deadlineMs = performance.now() + lease.waitMs;
  for (;;) {
    try {
      return await lock.acquire([resource], lease);
    } catch (error) {
      if (!(error instanceof LockContendedError) || performance.now() > deadlineMs) throw error;
      await sleep(1 + Math.random() * 4);
    }
  }
}
