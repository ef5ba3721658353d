import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { LockLostError } from '../errors.ts';
import { type LockFact, once } from './lock-fact.ts';

/** Of a lease while it is held. */
export const leaseFacts = {
  'a lease counts by a clock that nobody sets': async ({ lock, resource }) => {
    const lease = await lock().acquire([resource], once);
    assert.ok(lease.remainingMs() > 9_000);
    const now = Date.now;
    Date.now = () => now() + 3_600_000;
    try {
      assert.ok(lease.remainingMs() > 9_000);
      assert.ok(!lease.signal.aborted);
    } finally {
      Date.now = now;
    }
  },
  'the end of a lease is told to its holder': async ({ lock, resource }) => {
    const lease = await lock().acquire([resource], { leaseMs: 300, waitMs: 0 });
    const { signal } = lease;
    assert.ok(!signal.aborted);
    await sleep(330);
    assert.ok(signal.reason instanceof LockLostError);
    assert.equal(lease.remainingMs(), 0);
  },
  'Redis loses all its data: the next holder has a higher fence, and the one before cannot free its lock':
    async ({ lock, redis, resource }) => {
      const before = await lock().acquire([resource], once);
      await redis.flushall();
      const after = await lock().acquire([resource], once);
      assert.ok(after.fence > before.fence);
      await before.release();
      assert.equal(await redis.exists(resource), 1);
    },
  'Redis loses all its data: a holder learns it at its next extension or renewal': async ({
    lock,
    redis,
    resource,
  }) => {
    const extended = await lock().acquire([resource], once);
    const renewed = await lock().acquire([`${resource}:renewed`], {
      leaseMs: 1_500,
      waitMs: 0,
      renewForMs: 5_000,
    });
    const { signal } = renewed;
    await redis.flushall();
    await assert.rejects(extended.extend(1_000), LockLostError);
    assert.ok(extended.signal.reason instanceof LockLostError);
    assert.equal(extended.remainingMs(), 0);
    await sleep(600);
    // Its time would not be over yet: it is the renewal that told.
    assert.ok(signal.reason instanceof LockLostError);
    assert.equal(renewed.remainingMs(), 0);
  },
} satisfies Record<string, LockFact>;
