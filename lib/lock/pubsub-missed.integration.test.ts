import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { privateRedis } from '../../infra/bench/private-redis.ts';
import { proxied } from '../testing/proxied.ts';
import { createLock } from './create-lock.ts';
import { commandCounts } from './testing/command-counts.ts';
import { lockScene } from './testing/lock-scene.ts';

const once = { leaseMs: 5_000, waitMs: 0 };
/** After so long this process counts as idle, and relies on a grant. */
const idleMs = 100;
const patient = { leaseMs: 5_000, waitMs: 10_000 };
const scene = lockScene(() => privateRedis());
const killListeners = () => scene.redis().call('CLIENT', 'KILL', 'TYPE', 'pubsub');

test('the release falls between the try and the subscription: the next try finds the lock free', async () => {
  const lease = await scene.lock().acquire([scene.resource()], once);
  const releasing: Promise<void>[] = [];
  const client = scene.clientListeningBy((listener) => {
    releasing.push(lease.release());
    return listener;
  });
  const tries: number[] = [];
  const lock = createLock('pubsub', client, { acquired: ({ attempts }) => tries.push(attempts) });
  await lock.acquire([scene.resource()], patient);
  await lock.close();
  expect(releasing).toHaveLength(1);
  // Before and after the subscription: who only looked by itself would have come a third time.
  expect(tries).toEqual([2]);
});

test('who tries, subscribes and then only listens hears nothing of that release', async () => {
  const lease = await scene.lock().acquire([scene.resource()], once);
  const listener = new Redis(scene.server().url);
  const heard: string[] = [];
  listener.on('message', (channel) => heard.push(channel));
  expect(await scene.redis().set(scene.resource(), 'naive', 'PX', 5_000, 'NX')).toBeNull();
  await lease.release();
  await listener.subscribe(`${scene.resource()}:turn:naive`);
  await sleep(300);
  expect(heard).toEqual([]);
  listener.disconnect();
});

test('the connection for listening is lost again and again: the waiter looks by itself', async () => {
  const lease = await scene.lock().acquire([scene.resource()], once);
  const waiting = scene.lock().acquire([scene.resource()], patient);
  await scene.untilInLine(1);
  const cutting = setInterval(() => void killListeners(), 10);
  try {
    await sleep(100);
    const releasedAtMs = performance.now();
    await lease.release();
    await waiting;
    expect(performance.now() - releasedAtMs).toBeLessThan(500);
  } finally {
    clearInterval(cutting);
  }
});

test('the connection for listening is lost once: the waiters listen anew, and keep their places', async () => {
  const lease = await scene.lock().acquire([scene.resource()], once);
  const served: string[] = [];
  const wait = async (name: string) => {
    const mine = await scene.lock().acquire([scene.resource()], patient);
    served.push(name);
    await mine.release();
  };
  const first = wait('first');
  await scene.untilInLine(1);
  const second = wait('second');
  await scene.untilInLine(2);
  await killListeners();
  await sleep(500);
  expect(await scene.redis().lrange(`${scene.resource()}:line`, 0, -1)).toEqual([
    expect.stringMatching(/^[0-9a-f]+:\d+ /),
    expect.stringMatching(/^[0-9a-f]+:\d+ /),
  ]);
  await lease.release();
  // Granted in that moment, since the first in line hears again: nobody has to come and look.
  expect(await scene.redis().exists(scene.resource())).toBe(1);
  await Promise.all([first, second]);
  expect(served).toEqual(['first', 'second']);
});

test('the message comes when its grant is over: it is heard, and not relied on', async () => {
  const { proxy, url } = await proxied(scene.server().url);
  const heardAtMs: number[] = [];
  const client = scene.clientListeningBy((listener) => {
    listener.on('message', () => heardAtMs.push(performance.now()));
    return listener;
  }, url);
  const lease = await scene.lock().acquire([scene.resource()], once);
  const waiting = scene.lock('pubsub', client).acquire([scene.resource()], patient);
  await scene.untilInLine(1);
  await proxy.set({ kind: 'delay', delayMs: 400 });
  await lease.release();
  const other = await scene.lock().acquire([scene.resource()], patient);
  const ourTurnAtMs = performance.now();
  let enteredAtMs = Number.POSITIVE_INFINITY;
  const late = (async () => {
    const mine = await waiting;
    enteredAtMs = performance.now();
    await proxy.set({ kind: 'none' });
    await mine.release();
  })();
  await sleep(600);
  const releasedAtMs = performance.now();
  await other.release();
  await late;
  // Who enters when it hears would have been inside together with us.
  expect(heardAtMs[0]).toBeGreaterThan(ourTurnAtMs);
  expect(heardAtMs[0]).toBeLessThan(releasedAtMs);
  expect(enteredAtMs).toBeGreaterThan(releasedAtMs);
  await proxy.close();
});

test('the process is held up between the message and its work: the grant is claimed anew, not relied on', async () => {
  const client = scene.clientListeningBy((listener) => {
    listener.on('message', () => {
      const untilMs = performance.now() + 400;
      while (performance.now() < untilMs);
    });
    return listener;
  });
  const lease = await scene.lock().acquire([scene.resource()], once);
  const waiting = scene.lock('pubsub', client).acquire([scene.resource()], patient);
  await scene.untilInLine(1);
  await lease.release();
  const mine = await waiting;
  expect(await scene.redis().pttl(scene.resource())).toBeGreaterThan(4_000);
  expect(mine.signal.aborted).toBe(false);
});

test('a turn that was told is claimed: the lease lasts as long as was asked for', async () => {
  const lease = await scene.lock().acquire([scene.resource()], once);
  const waiting = scene.lock().acquire([scene.resource()], patient);
  await scene.untilInLine(1);
  await lease.release();
  const mine = await waiting;
  await sleep(400);
  expect(await scene.redis().pttl(scene.resource())).toBeGreaterThan(4_000);
  expect(mine.signal.aborted).toBe(false);
  expect(mine.remainingMs()).toBeGreaterThan(4_000);
});

test('a turn that is over within its grant is not claimed: it costs the release alone', async () => {
  const lease = await scene.lock().acquire([scene.resource()], once);
  const waiting = scene.lock().acquire([scene.resource()], patient);
  await scene.untilInLine(1);
  await sleep(idleMs);
  await lease.release();
  const mine = await waiting;
  const scriptsBefore = await commandCounts(scene.redis(), 'evalsha');
  await mine.release();
  await sleep(300);
  expect((await commandCounts(scene.redis(), 'evalsha')) - scriptsBefore).toBe(1);
});

test('a holder that is stopped before it has claimed its turn is told so when it wakes', async () => {
  const lease = await scene.lock().acquire([scene.resource()], once);
  const waiting = scene.lock().acquire([scene.resource()], patient);
  await scene.untilInLine(1);
  await sleep(idleMs);
  await lease.release();
  const mine = await waiting;
  const untilMs = performance.now() + 400;
  while (performance.now() < untilMs);
  expect(mine.remainingMs()).toBe(0);
  expect(mine.signal.aborted).toBe(true);
  const other = await scene.lock().acquire([scene.resource()], patient);
  expect(other.fence).toBeGreaterThan(mine.fence);
  await mine.release();
  await other.release();
});
