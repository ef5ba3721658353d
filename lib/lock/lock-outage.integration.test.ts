import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type PrivateRedis, privateRedis } from '../../infra/bench/private-redis.ts';
import type { FaultProxy } from '../../test/contract/fault-proxy.ts';
import { createRedis, type RedisClient } from '../redis/client.ts';
import { proxied } from '../testing/proxied.ts';
import { failureOf } from '../testing/race.ts';
import { createLock, type LockKind } from './create-lock.ts';
import { LockAmbiguousError, LockUnavailableError } from './errors.ts';
import type { Lock } from './lock.ts';

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

interface Waiting {
  readonly waitMs: number;
  readonly signal?: AbortSignal;
}

async function openBehindProxy(stack: AsyncDisposableStack) {
  const { proxy, url } = await proxied(server.url);
  stack.defer(() => proxy.close());
  const redis = createRedis({ url, cluster: false });
  stack.defer(() => redis.disconnect());
  const lock = createLock('spin', redis);
  stack.defer(() => lock.close());
  return { proxy, redis, lock };
}

/** Waits for a lock that is taken, whose next request takes it while the answer is lost, and then nothing gets through. */
async function loseTheAnswer(waiting: () => Waiting) {
  for (let attempt = 1; attempt <= 5; attempt++) {
    await using stack = new AsyncDisposableStack();
    const options = waiting();
    const outcome = await loseNextAnswer(await openBehindProxy(stack), options);
    if (outcome) return { ...outcome, ...options };
  }
  throw new Error('each time an answer was lost that was on its way already');
}

/** Undefined when the answer of a try that was under way was lost, so that no next one came. */
async function loseNextAnswer(
  { lock, redis, proxy }: { lock: Lock; redis: RedisClient; proxy: FaultProxy },
  options: Waiting,
) {
  const resource = `{lost-answer-${Math.random()}}`;
  await direct.set(resource, '1 somebody');
  const waiting = failureOf(lock.acquire([resource], { leaseMs: 30_000, ...options }));
  await sleep(100);
  await proxy.set({ kind: 'lose-replies' });
  await direct.del(resource);
  const deadlineMs = performance.now() + 1_000;
  while ((await direct.exists(resource)) === 0) {
    if (performance.now() < deadlineMs) continue;
    await proxy.set({ kind: 'none' });
    await waiting;
    return undefined;
  }
  await proxy.set({ kind: 'refuse' });
  if (redis.status === 'ready') await once(redis, 'close');
  const failure = await waiting;
  await proxy.set({ kind: 'none' });
  return { failure, isFree: await isFreeWithin(resource, 6_000) };
}

async function isFreeWithin(resource: string, ms: number): Promise<boolean> {
  const deadlineMs = performance.now() + ms;
  while ((await direct.exists(resource)) === 1) {
    if (performance.now() > deadlineMs) return false;
    await sleep(10);
  }
  return true;
}

describe('the spin lock, when an answer is lost and then no request gets through', () => {
  test('until the deadline: it is told as ambiguous, and given back before the end of the lease', async () => {
    const { failure, isFree } = await loseTheAnswer(() => ({ waitMs: 600 }));
    expect(failure).toBeInstanceOf(LockAmbiguousError);
    expect(isFree).toBe(true);
  });

  test('until its caller gives up: it is given back', async () => {
    const { failure, isFree, signal } = await loseTheAnswer(() => ({
      waitMs: 10_000,
      signal: AbortSignal.timeout(600),
    }));
    expect(failure).toBe(signal?.reason);
    expect(isFree).toBe(true);
  });
});

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

  test('a release that cannot get through for a while still comes before the end of the lease', async () => {
    const lease = await lock.acquire([resource], long);
    await proxy.set({ kind: 'refuse' });
    await lease.release();
    await sleep(1_600);
    await proxy.set({ kind: 'none' });
    expect(await isFreeWithin(resource, 4_000)).toBe(true);
  });

  test('the counter of the fences is set back, as by a failover: the next holder has a higher one all the same', async () => {
    const before = await lock.acquire([resource], long);
    await before.release();
    await direct.set(`${resource}:fence`, String(before.fence - 1_000_000));
    const after = await lock.acquire([resource], long);
    expect(after.fence).toBeGreaterThan(before.fence);
    await after.release();
  });
});
