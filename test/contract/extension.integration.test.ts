import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from '@jest/globals';
import { problem } from './problem.ts';
import {
  askExtension,
  askPayment,
  charge,
  createPerformance,
  hold,
  insider,
  release,
  seatAt,
} from './scene.ts';
import { followedHoldShape, read } from './shapes.ts';
import { openWorld } from './world.ts';

const world = await openWorld();
afterAll(() => world.close());

test('an extension gives holdSeconds from now, once, and the hold can be paid until then', async () => {
  const scene = await createPerformance(world, { holdSeconds: 3 });
  const user = await insider(world, scene);
  await charge(world, user, 100);
  const held = await hold(world, user, scene, [seatAt(scene, 0)]);
  await sleep(1_000);
  const extended = read(await askExtension(world, user, held.holdId), 200, followedHoldShape);
  const gainedMs = Date.parse(extended.expiresAt) - Date.parse(held.expiresAt);
  expect(gainedMs).toBeGreaterThanOrEqual(900);
  expect(gainedMs).toBeLessThan(3_000);
  expect({ ...extended, expiresAt: '' }).toEqual({ ...held, expiresAt: '', status: 'held' });
  expect(problem(await askExtension(world, user, held.holdId))).toBe('409 extension-limit');
  await sleep(Date.parse(held.expiresAt) - Date.now() + 100);
  expect((await askPayment(world, user, held.holdId)).status).toBe(201);
  expect(problem(await askExtension(world, user, held.holdId))).toBe('409 hold-paid');
});

test('of a hold that is over the end is told, also when it was extended', async () => {
  const scene = await createPerformance(world, { holdSeconds: 2 });
  const [user, stranger] = [await insider(world, scene), await insider(world, scene)];
  const held = await hold(world, user, scene, [seatAt(scene, 0)]);
  expect(problem(await askExtension(world, stranger, held.holdId))).toBe('404 not-found');
  const extended = read(await askExtension(world, user, held.holdId), 200, followedHoldShape);
  await sleep(Date.parse(extended.expiresAt) - Date.now() + 50);
  expect(problem(await askExtension(world, user, held.holdId))).toBe('409 hold-expired');
  const released = await hold(world, user, scene, [seatAt(scene, 1)]);
  await release(world, user, released.holdId);
  expect(problem(await askExtension(world, user, released.holdId))).toBe('409 hold-released');
});
