import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { privateRedis } from '../../infra/bench/private-redis.ts';
import { eventually } from '../../test/contract/eventually.ts';
import { failureOf } from '../testing/race.ts';
import { LockContendedError } from './errors.ts';
import type { Lock } from './lock.ts';
import { commandCounts } from './testing/command-counts.ts';
import { lockScene } from './testing/lock-scene.ts';

const once = { leaseMs: 5_000, waitMs: 0 };
const patient = { leaseMs: 5_000, waitMs: 10_000 };
const maxCommandsAHandOff = 12;
const scene = lockScene(() => privateRedis());

async function takeTurns(lock: Lock, count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) {
    const lease = await lock.acquire([scene.resource()], patient);
    // All wait in this process: one that does not rest between turns claims each, as a busy process should.
    await sleep(4);
    await lease.release();
  }
}

async function commandsAHandOff(waiters: number): Promise<number> {
  const turns = 30;
  const locks = Array.from({ length: waiters }, () => scene.lock());
  await Promise.all(locks.map((lock) => takeTurns(lock, 2)));
  const before = await commandCounts(scene.redis());
  await Promise.all(locks.map((lock) => takeTurns(lock, turns)));
  return ((await commandCounts(scene.redis())) - before) / (waiters * turns);
}

test('the line is served in order, and a newcomer stands behind those who wait', async () => {
  const resource = scene.resource();
  const holder = scene.lock();
  const lease = await holder.acquire([resource], once);
  const served: string[] = [];
  const wait = async (name: string, lock: Lock) => {
    const mine = await lock.acquire([resource], patient);
    served.push(name);
    await sleep(2);
    await mine.release();
  };
  const waits: Promise<void>[] = [];
  for (const [index, name] of ['first', 'second', 'third', 'fourth'].entries()) {
    waits.push(wait(name, scene.lock()));
    await scene.untilInLine(index + 1);
  }
  await lease.release();
  // Back at once, as a worker in a loop is: it must not be served before those who wait.
  expect(await failureOf(holder.acquire([resource], once))).toBeInstanceOf(LockContendedError);
  waits.push(wait('newcomer', holder));
  await Promise.all(waits);
  expect(served).toEqual(['first', 'second', 'third', 'fourth', 'newcomer']);
});

test('a lock without a line serves whoever asks first, however long another waits, which the test above would notice', async () => {
  const resource = scene.resource();
  const holder = scene.lock('spin');
  const lease = await holder.acquire([resource], once);
  const { proxy, client } = await scene.proxied();
  const waiting = scene.lock('spin', client).acquire([resource], patient);
  const triesBefore = await commandCounts(scene.redis(), 'evalsha');
  await eventually('a try of the waiter', 5_000, async () =>
    (await commandCounts(scene.redis(), 'evalsha')) > triesBefore ? true : undefined,
  );
  // Its next tries are on their way until the newcomer has had its turn: no chance decides who asks first.
  await proxy.set({ kind: 'black-hole' });
  // What had passed the proxy before has been refused by now.
  await scene.redis().ping();
  await lease.release();
  const newcomer = await holder.acquire([resource], once);
  await newcomer.release();
  await proxy.set({ kind: 'none' });
  expect((await waiting).fence).toBeGreaterThan(newcomer.fence);
});

test('who gives up leaves the line, and a turn that comes at that moment goes to the next', async () => {
  const resource = scene.resource();
  const [holder, leaving, staying] = [scene.lock(), scene.lock(), scene.lock()];
  const seed = Math.floor(Math.random() * 1_000_000);
  console.info(`seed ${seed}`);
  const enterAndLeave = async (signal: AbortSignal) => {
    try {
      await (await leaving.acquire([resource], { ...patient, signal })).release();
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  };
  for (let round = 0; round < 40; round += 1) {
    const lease = await holder.acquire([resource], patient);
    const abort = new AbortController();
    const left = enterAndLeave(abort.signal);
    await scene.untilInLine(1);
    const next = staying.acquire([resource], patient);
    await scene.untilInLine(2);
    const released = lease.release();
    await sleep(((seed + round * 7) % 13) / 10);
    abort.abort();
    await Promise.all([released, left]);
    await (await next).release();
  }
  expect(await scene.redis().exists(resource, `${resource}:line`)).toBe(0);
}, 60_000);

test('of several locks, those that come first stay taken while the last is waited for', async () => {
  const [a, b] = [`${scene.resource()}:a`, `${scene.resource()}:b`];
  const holder = scene.lock();
  const first = await holder.acquire([a], once);
  const second = await holder.acquire([b], once);
  const waiting = scene.lock().acquire([b, a], patient);
  await sleep(50);
  await first.release();
  await sleep(500);
  expect(await failureOf(holder.acquire([a], once))).toBeInstanceOf(LockContendedError);
  await second.release();
  const lease = await waiting;
  expect(lease.remainingMs()).toBeLessThanOrEqual(patient.leaseMs);
  expect(await scene.redis().pttl(a)).toBeGreaterThan(lease.remainingMs());
  await lease.release();
  expect(await scene.redis().exists(a, b)).toBe(0);
});

test('a hand-off takes few commands, however many wait', async () => {
  // Looking by oneself, on a machine that is slow at the moment, adds a little.
  const slack = 0.5;
  expect(await commandsAHandOff(4)).toBeLessThanOrEqual(maxCommandsAHandOff + slack);
  expect(await commandsAHandOff(12)).toBeLessThanOrEqual(maxCommandsAHandOff + slack);
}, 60_000);

test('without anybody in the way: two requests, and no connection for listening', async () => {
  const lock = scene.lock();
  await takeTurns(lock, 1);
  const before = await commandCounts(scene.redis(), 'evalsha');
  await takeTurns(lock, 1);
  expect((await commandCounts(scene.redis(), 'evalsha')) - before).toBe(2);
  expect(await scene.redis().client('LIST', 'TYPE', 'PUBSUB')).toBe('');
});
