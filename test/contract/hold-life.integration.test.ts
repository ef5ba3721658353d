import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from '@jest/globals';
import { eventually } from './eventually.ts';
import { problem } from './problem.ts';
import {
  askHold,
  askPayment,
  charge,
  createPerformance,
  hold,
  holdStatus,
  insider,
  leave,
  newKey,
  release,
  seatAt,
} from './scene.ts';
import { holdShape, paymentShape, read } from './shapes.ts';
import { openWorld } from './world.ts';

const world = await openWorld();
afterAll(() => world.close());

test('a hold is its owner’s alone', async () => {
  const scene = await createPerformance(world);
  const [owner, stranger] = [await insider(world, scene), await insider(world, scene)];
  const { holdId } = await hold(world, owner, scene, [seatAt(scene, 0)]);
  for (const user of [stranger, world.admin]) {
    expect(problem(await world.send({ path: `/holds/${holdId}`, token: user.token }))).toBe('404 not-found');
    expect(problem(await release(world, user, holdId))).toBe('404 not-found');
    expect(problem(await askPayment(world, user, holdId, newKey()))).toBe('404 not-found');
  }
  expect(await holdStatus(world, owner, holdId)).toBe('held');
});

test('releasing frees the seats at once, and is 204 however often', async () => {
  const scene = await createPerformance(world);
  const [first, second] = [await insider(world, scene), await insider(world, scene)];
  const seatIds = [seatAt(scene, 0), seatAt(scene, 1)];
  const held = await hold(world, first, scene, seatIds);
  for (let n = 0; n < 3; n += 1) {
    const answer = await release(world, first, held.holdId);
    expect([answer.status, answer.text, answer.headers['cache-control']]).toEqual([204, '', 'no-store']);
  }
  expect(await holdStatus(world, first, held.holdId)).toBe('released');
  const next = await hold(world, second, scene, seatIds);
  expect(next.fence).toBeGreaterThan(held.fence);
  expect((await release(world, first, held.holdId)).status).toBe(204);
  expect(await holdStatus(world, second, next.holdId)).toBe('held');
});

test('a hold frees its seats by itself at expiresAt, not before, and its fence is passed', async () => {
  const scene = await createPerformance(world, { holdSeconds: 2, maxSeatsPerUser: 1 });
  const [first, second] = [await insider(world, scene), await insider(world, scene)];
  const held = await hold(world, first, scene, [seatAt(scene, 0)]);
  const expiresAtMs = Date.parse(held.expiresAt);
  const next = await eventually(
    'the seat is free',
    8000,
    async () => {
      const answer = await askHold(world, second, scene.performanceId, [seatAt(scene, 0)]);
      return answer.status === 201 ? { ...read(answer, 201, holdShape), atMs: Date.now() } : undefined;
    },
    50,
  );
  expect(next.atMs).toBeGreaterThanOrEqual(expiresAtMs);
  expect(next.atMs).toBeLessThan(expiresAtMs + 1000);
  expect(next.fence).toBeGreaterThan(held.fence);
  expect(await holdStatus(world, first, held.holdId)).toBe('expired');
  expect((await release(world, first, held.holdId)).status).toBe(204);
  expect(await holdStatus(world, first, held.holdId)).toBe('expired');
  await charge(world, first, 1000);
  expect(problem(await askPayment(world, first, held.holdId))).toBe('409 hold-expired');
  expect(await holdStatus(world, second, next.holdId)).toBe('held');
  await hold(world, first, scene, [seatAt(scene, 1)]);
});

test('a hold outlives the admission under which it was made', async () => {
  const scene = await createPerformance(world);
  const user = await insider(world, scene);
  await charge(world, user, 100);
  const held = await hold(world, user, scene, [seatAt(scene, 0)]);
  await leave(world, user, scene.performanceId);
  expect(await holdStatus(world, user, held.holdId)).toBe('held');
  expect(read(await askPayment(world, user, held.holdId), 201, paymentShape).amount).toBe(100);
  expect(await holdStatus(world, user, held.holdId)).toBe('paid');
  expect(problem(await release(world, user, held.holdId))).toBe('409 hold-paid');
});

test('one’s own seats, asked for again after the hold has expired, are a new hold', async () => {
  const scene = await createPerformance(world, { holdSeconds: 2, maxSeatsPerUser: 2 });
  const user = await insider(world, scene);
  const seatIds = [seatAt(scene, 0), seatAt(scene, 1)];
  const held = await hold(world, user, scene, seatIds);
  await sleep(Date.parse(held.expiresAt) - Date.now() + 20);
  const next = await hold(world, user, scene, seatIds);
  expect(next.holdId).not.toBe(held.holdId);
  expect(next.fence).toBeGreaterThan(held.fence);
});
