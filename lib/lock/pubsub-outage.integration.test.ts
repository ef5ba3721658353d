import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { privateRedis } from '../../infra/bench/private-redis.ts';
import { failureOf } from '../testing/race.ts';
import { LockAmbiguousError, LockUnavailableError } from './errors.ts';
import { lockScene } from './testing/lock-scene.ts';

const once = { leaseMs: 5_000, waitMs: 0 };
const patient = { leaseMs: 5_000, waitMs: 10_000 };
const toldWithinMs = 2_500;
const scene = lockScene(() => privateRedis());

test('Redis stays away while somebody waits: the waiter is told soon', async () => {
  const lease = await scene.lock().acquire([scene.resource()], once);
  const waiting = failureOf(scene.lock().acquire([scene.resource()], patient));
  await scene.untilInLine(1);
  await scene.server().kill();
  const killedAtMs = performance.now();
  const failure = await waiting;
  expect(failure instanceof LockUnavailableError || failure instanceof LockAmbiguousError).toBe(true);
  expect(performance.now() - killedAtMs).toBeLessThan(toldWithinMs);
  await scene.server().start();
  await lease.release();
});

test('Redis loses all its data while somebody waits: the waiter stands in line again, once', async () => {
  await scene.lock().acquire([scene.resource()], once);
  const waiting = scene.lock().acquire([scene.resource()], patient);
  await scene.untilInLine(1);
  await scene.redis().flushall();
  const holder = scene.lock();
  const lease = await holder.acquire([scene.resource()], once);
  await scene.untilInLine(1);
  await sleep(400);
  expect(await scene.redis().llen(`${scene.resource()}:line`)).toBe(1);
  await lease.release();
  await (await waiting).release();
  expect(await scene.redis().exists(scene.resource(), `${scene.resource()}:line`)).toBe(0);
});
