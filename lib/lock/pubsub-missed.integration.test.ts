import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { privateRedis } from '../../infra/bench/private-redis.ts';
import { proxied } from '../testing/proxied.ts';
import { commandCounts } from './testing/command-counts.ts';
import { lockScene } from './testing/lock-scene.ts';

const once = { leaseMs: 5_000, waitMs: 0 };
/** After so long this process counts as idle, and relies on a grant. */
const idleMs = 60;
const patient = { leaseMs: 5_000, waitMs: 10_000 };
const scene = lockScene(() => privateRedis());

test('the message comes when its grant is over: it is heard, and not relied on', async () => {
  const { proxy, url } = await proxied(scene.server().url);
  const heardAtMs: number[] = [];
  const client = scene.clientListeningBy((listener) => {
    listener.on('smessage', () => heardAtMs.push(performance.now()));
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
