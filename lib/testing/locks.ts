import { LockUnavailableError } from '../lock/errors.ts';
import type { Lease, Lock } from '../lock/lock.ts';

/** A lock whose service is away. */
export const absentLock: Lock = {
  acquire: () => Promise.reject(new LockUnavailableError(new Error('connection refused'))),
  release: () => Promise.reject(new LockUnavailableError(new Error('connection refused'))),
  extend: () => Promise.reject(new LockUnavailableError(new Error('connection refused'))),
  close: () => Promise.resolve(),
};

/** A lock that everybody gets at once, as when it was lost in a failover; with a given fence, or none that is old. */
export function brokenLock(fenceOf: () => number = nextFence): Lock {
  return {
    acquire: async (resources, { leaseMs }) => openLease(resources, leaseMs, fenceOf()),
    release: () => Promise.resolve(0),
    extend: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}

let lastFence = 0;
function nextFence(): number {
  lastFence = Math.max(lastFence + 1, Date.now() * 1_000);
  return lastFence;
}

const openLease = (resources: readonly string[], leaseMs: number, fence: number): Lease => ({
  resources,
  token: 'everybody',
  fence,
  remainingMs: () => leaseMs,
  signal: new AbortController().signal,
  extend: () => Promise.resolve(),
  release: () => Promise.resolve(),
});
