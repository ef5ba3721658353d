import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { type PrivateRedis, privateRedis } from '../../infra/bench/private-redis.ts';
import type { FaultProxy } from '../../test/contract/fault-proxy.ts';
import { createRedis, type RedisClient } from '../redis/client.ts';
import { proxied } from '../testing/proxied.ts';
import { failureOf } from '../testing/race.ts';
import { createLock, type LockKind } from './create-lock.ts';
import { LockAmbiguousError, LockUnavailableError } from './errors.ts';
import type { Lock } from './lock.ts';
import { commandCounts } from './testing/command-counts.ts';

const kinds: readonly LockKind[] = ['simple', 'spin', 'pubsub'];
const long = { leaseMs: 10_000, waitMs: 0 };

let server: PrivateRedis;
let direct: RedisClient;

beforeAll(async () => {
  server = await privateRedis();
  direct = createRedis({ url: server.url, cluster: false });
}, 60_000);

afterAll(async () => {
  direct.disconnect();
  await server.close();
});

async function isFreeWithin(resource: string, ms: number): Promise<boolean> {
  const deadlineMs = performance.now() + ms;
  while ((await direct.exists(resource)) === 1) {
    if (performance.now() > deadlineMs) return false;
    await sleep(10);
  }
  return true;
}

describe.each(kinds)('the %s lock behind a network that fails', (kind) => {
  let proxy: FaultProxy;
  let redis: RedisClient;
  let lock: Lock;
  let resource: string;

  beforeEach(async () => {
    const address = await proxied(server.url);
    proxy = address.proxy;
    redis = createRedis({ url: address.url, cluster: false });
    lock = createLock(kind, redis);
    resource = `{outage-${kind}-${Math.random()}}`;
    await (await lock.acquire([resource], long)).release();
  });

  afterEach(async () => {
    await lock.close();
    redis.disconnect();
    await proxy.close();
  });

  test('a lost reply is told, and the lock that nobody knows of is given back', async () => {
    const lost = proxy.loseReplyTo(/evalsha/i);
    expect(await failureOf(lock.acquire([resource], long))).toBeInstanceOf(LockAmbiguousError);
    await lost;
    expect(await isFreeWithin(resource, 3_000)).toBe(true);
  });

  test('without that the lock would stay taken: the effect of a lost reply is there', async () => {
    const lost = proxy.loseReplyTo(/set/i);
    await failureOf(redis.set(resource, 'nobody', 'PX', long.leaseMs, 'NX'));
    await lost;
    expect(await isFreeWithin(resource, 1_500)).toBe(false);
    await direct.del(resource);
  });

  test('an answer that comes after the lease is no lock, and is given back', async () => {
    await proxy.set({ kind: 'delay', delayMs: 100 });
    const answer = await failureOf(lock.acquire([resource], { leaseMs: 150, waitMs: 0 }));
    expect(answer).toBeInstanceOf(LockAmbiguousError);
    await proxy.set({ kind: 'none' });
    expect(await isFreeWithin(resource, 1_000)).toBe(true);
    // The same delay is no harm to a lease that is longer.
    await proxy.set({ kind: 'delay', delayMs: 100 });
    expect((await lock.acquire([resource], long)).remainingMs()).toBeLessThan(9_800);
  });

  test('a server that is gone is told at once, and nothing is taken when it comes back', async () => {
    await proxy.set({ kind: 'refuse' });
    // The connection that was cut is no connection any more once its end is seen.
    await once(redis, 'close');
    const beganAtMs = performance.now();
    expect(await failureOf(lock.acquire([resource], { ...long, waitMs: 5_000 }))).toBeInstanceOf(
      LockUnavailableError,
    );
    expect(performance.now() - beganAtMs).toBeLessThan(1_000);
    await proxy.set({ kind: 'none' });
    await sleep(300);
    expect(await direct.exists(resource)).toBe(0);
    await (await lock.acquire([resource], long)).release();
  });

  test('a network that swallows everything is told within about a second', async () => {
    await proxy.set({ kind: 'black-hole' });
    const beganAtMs = performance.now();
    expect(await failureOf(lock.acquire([resource], { ...long, waitMs: 5_000 }))).toBeInstanceOf(
      LockAmbiguousError,
    );
    expect(performance.now() - beganAtMs).toBeLessThan(1_200);
    await proxy.set({ kind: 'none' });
    expect(await isFreeWithin(resource, 3_000)).toBe(true);
  });

  test('a release that cannot get through does not throw, and follows later', async () => {
    const lease = await lock.acquire([resource], long);
    await proxy.set({ kind: 'refuse' });
    await lease.release();
    // Long enough for the next try to fail as well.
    await sleep(150);
    expect(await direct.exists(resource)).toBe(1);
    await proxy.set({ kind: 'none' });
    expect(await isFreeWithin(resource, 3_000)).toBe(true);
  });

  test('a release that cannot get through for a while still comes before the end of the lease', async () => {
    const lease = await lock.acquire([resource], long);
    await proxy.set({ kind: 'refuse' });
    await lease.release();
    await sleep(1_600);
    await proxy.set({ kind: 'none' });
    expect(await isFreeWithin(resource, 4_000)).toBe(true);
  });

  test('the release of a lost lock is one request, and over at once', async () => {
    const lease = await lock.acquire([resource], long);
    await direct.del(resource);
    const before = await commandCounts(direct, 'evalsha');
    const beganAtMs = performance.now();
    await lease.release();
    // redlock, left to itself, tries again for two seconds.
    expect(performance.now() - beganAtMs).toBeLessThan(1_000);
    expect((await commandCounts(direct, 'evalsha')) - before).toBe(1);
  });

  test('a lease counts by a clock that nobody sets', async () => {
    const lease = await lock.acquire([resource], long);
    const wallClockEndsAt = Date.now() + long.leaseMs;
    const jump = jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 3_600_000);
    try {
      expect(lease.remainingMs()).toBeGreaterThan(9_000);
      expect(lease.signal.aborted).toBe(false);
      // One that counted by the wall clock would be over.
      expect(wallClockEndsAt - Date.now()).toBeLessThan(0);
    } finally {
      jump.mockRestore();
    }
    await lease.release();
  });

  test('the counter of the fences is set back, as by a failover: the next holder has a higher one all the same', async () => {
    const before = await lock.acquire([resource], long);
    await before.release();
    await direct.set(`${resource}:fence`, String(before.fence - 1_000_000));
    const after = await lock.acquire([resource], long);
    expect(after.fence).toBeGreaterThan(before.fence);
    await after.release();
  });

  test('Redis loses all its data: the next holder has a higher fence, and the old one cannot free its lock', async () => {
    const before = await lock.acquire([resource], long);
    await direct.flushall();
    const after = await createLock(kind, direct).acquire([resource], long);
    expect(after.fence).toBeGreaterThan(before.fence);
    await before.release();
    expect(await direct.exists(resource)).toBe(1);
    // A counter alone would have begun anew.
    expect(await direct.incr(`${resource}:counter`)).toBe(1);
  });
});
