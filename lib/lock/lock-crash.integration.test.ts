import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type PrivateRedis, privateRedis } from '../../infra/bench/private-redis.ts';
import { createRedis, type RedisClient } from '../redis/client.ts';
import { createLock } from './create-lock.ts';
import type { Lock } from './lock.ts';
import { passTurn } from './lock-scripts.ts';
import { type LockProcess, lockProcess } from './testing/lock-process.ts';

const slackMs = 250;
/** What a dead waiter may cost the others. */
const waiterCostMs = 500;

let server: PrivateRedis;
let redis: RedisClient;
let processes: LockProcess[];
let lock: Lock;
let resource: string;

beforeAll(async () => {
  server = await privateRedis();
  redis = createRedis({ url: server.url, cluster: false });
}, 60_000);

afterAll(async () => {
  redis.disconnect();
  await server.close();
});

beforeEach(() => {
  processes = [];
  lock = createLock('pubsub', redis);
  resource = `{crash-${Math.random()}}`;
});

afterEach(async () => {
  await lock.close();
  await Promise.all(processes.map((each) => each.end()));
});

/** Another process that wants the lock, for so long. */
function startContender(leaseMs: number): LockProcess {
  const started = lockProcess('pubsub', server.url, resource, 'hold', leaseMs);
  processes.push(started);
  return started;
}

async function untilInLine(count: number): Promise<void> {
  while ((await redis.llen(`${resource}:line`)) < count) await sleep(10);
}

/** How long the next acquisition takes, in ms. */
async function timeToAcquire(): Promise<number> {
  const beganAtMs = performance.now();
  const lease = await lock.acquire([resource], { leaseMs: 5_000, waitMs: 10_000 });
  const tookMs = performance.now() - beganAtMs;
  await lease.release();
  return tookMs;
}

/** Another process in front, we behind it, and then the release. */
async function costOfTheOneInFront(what: 'SIGKILL' | 'SIGSTOP'): Promise<number> {
  const lease = await lock.acquire([resource], { leaseMs: 10_000, waitMs: 0 });
  const front = startContender(600);
  await untilInLine(1);
  const acquiring = timeToAcquire();
  await untilInLine(2);
  if (what === 'SIGKILL') await front.end();
  else front.signal(what);
  await sleep(50);
  const releasedAtMs = performance.now();
  await lease.release();
  await acquiring;
  return performance.now() - releasedAtMs;
}

describe('the pub/sub lock', () => {
  test('a waiter that was killed costs the others nothing: its connection is seen to be gone', async () => {
    expect(await costOfTheOneInFront('SIGKILL')).toBeLessThan(100);
  });

  test('a waiter that is stopped costs the others half a second at most', async () => {
    expect(await costOfTheOneInFront('SIGSTOP')).toBeLessThan(waiterCostMs);
  });

  test('a stopped waiter that is woken stands in front again', async () => {
    await costOfTheOneInFront('SIGSTOP');
    const lease = await lock.acquire([resource], { leaseMs: 10_000, waitMs: 0 });
    const behind = lock.acquire([resource], { leaseMs: 10_000, waitMs: 10_000 });
    await untilInLine(1);
    const [front] = processes;
    front?.signal('SIGCONT');
    await untilInLine(2);
    await lease.release();
    const fence = Number(await front?.hears('held'));
    expect((await behind).fence).toBeGreaterThan(fence);
  }, 40_000);

  test('a grant that need not be claimed soon would cost more: the claim is what bounds it', async () => {
    const token = 'holder';
    await lock.acquire([resource], { leaseMs: 10_000, waitMs: 0, token });
    const front = startContender(600);
    await untilInLine(1);
    const acquiring = timeToAcquire();
    await untilInLine(2);
    front.signal('SIGSTOP');
    const releasedAtMs = performance.now();
    const longGrantMs = 1_500;
    const keys = [`${resource}:fence`, resource, `${resource}:line`];
    await passTurn(redis, keys, [token, longGrantMs])();
    await acquiring;
    expect(performance.now() - releasedAtMs).toBeGreaterThan(longGrantMs - slackMs);
  });
});
