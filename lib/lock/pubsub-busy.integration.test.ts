import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import { privateRedis } from '../../infra/bench/private-redis.ts';
import { lockScene } from './testing/lock-scene.ts';

const scene = lockScene(() => privateRedis());
const once = { leaseMs: 5_000, waitMs: 0 };
const patient = { leaseMs: 30_000, waitMs: 10_000 };
/** Longer than a grant is kept. */
const grantIsOverMs = 300;

let isBusy = false;
afterEach(() => {
  isBusy = false;
});

/** From now on this process works for 20 ms at a time, and hears others between. */
function keepBusy(): void {
  isBusy = true;
  const work = () => {
    const untilMs = performance.now() + 20;
    while (performance.now() < untilMs);
    if (isBusy) setImmediate(work);
  };
  setImmediate(work);
}

/** A turn that is heard of, after a wait in which the process did this. */
async function takeTurnAfter(waiting: () => void) {
  const lease = await scene.lock().acquire([scene.resource()], once);
  const turn = scene.lock().acquire([scene.resource()], patient);
  await scene.untilInLine(1);
  waiting();
  await sleep(60);
  await lease.release();
  return turn;
}

const stopFor = (ms: number) => {
  const untilMs = performance.now() + ms;
  while (performance.now() < untilMs);
};

test('a busy process claims its turn before it relies on it, and may then be held up', async () => {
  const lease = await takeTurnAfter(keepBusy);
  expect(await scene.redis().pttl(scene.resource())).toBeGreaterThan(20_000);
  stopFor(grantIsOverMs);
  expect(lease.remainingMs()).toBeGreaterThan(20_000);
});

test('one that is idle relies on it at once, and would lose it by being held up so long', async () => {
  const lease = await takeTurnAfter(() => undefined);
  stopFor(grantIsOverMs);
  expect(lease.remainingMs()).toBe(0);
});
