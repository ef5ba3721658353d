import { afterAll, expect, test } from '@jest/globals';
import { problem } from './problem.ts';
import { askBest, createPerformance, hold, insider, seatAt } from './scene.ts';
import { holdShape, read } from './shapes.ts';
import { openWorld } from './world.ts';

const world = await openWorld();
afterAll(() => world.close());

test('the best seats are side by side in the middle of the row at the stage, then the next', async () => {
  const scene = await createPerformance(world);
  const user = await insider(world, scene);
  const first = read(await askBest(world, user, scene.performanceId, 3), 201, holdShape);
  expect(first.seatIds).toEqual([1, 2, 3].map((index) => seatAt(scene, index)));
  expect(first.amount).toBe(300);
  const second = read(await askBest(world, user, scene.performanceId, 3), 201, holdShape);
  expect(second.seatIds).toEqual([6, 7, 8].map((index) => seatAt(scene, index)));
  expect(problem(await askBest(world, user, scene.performanceId, 2))).toBe('409 no-adjacent-seats');
});

test('of two choices as near to the middle, the one that leaves no seat alone', async () => {
  const scene = await createPerformance(world, { seats: { rows: 1, seatsPerRow: 7 } });
  const [other, user] = [await insider(world, scene), await insider(world, scene)];
  await hold(world, other, scene, [seatAt(scene, 0)]);
  const best = read(await askBest(world, user, scene.performanceId, 2), 201, holdShape);
  expect(best.seatIds).toEqual([seatAt(scene, 3), seatAt(scene, 4)]);
});

test('the limit is looked at before the seats, and the shape before both', async () => {
  const scene = await createPerformance(world, { maxSeatsPerUser: 2 });
  const user = await insider(world, scene);
  for (const count of [0, 21, 1.5, '2', null]) {
    expect(problem(await askBest(world, user, scene.performanceId, count))).toBe('422 invalid-request');
  }
  const path = `/performances/${scene.performanceId}/holds`;
  for (const json of [{}, { best: {} }, { best: { count: 1 }, seatIds: [seatAt(scene, 0)] }, { best: [1] }]) {
    expect(problem(await world.send({ path, token: user.token, json }))).toBe('422 invalid-request');
  }
  expect(problem(await askBest(world, user, scene.performanceId, 6))).toBe('409 seat-limit');
  await hold(world, user, scene, [seatAt(scene, 4)]);
  expect(problem(await askBest(world, user, scene.performanceId, 2))).toBe('409 seat-limit');
});

test('many who ask at once each get other seats, and nobody is refused while there are enough', async () => {
  const scene = await createPerformance(world, { seats: { rows: 4, seatsPerRow: 10 } });
  const users = await Promise.all(Array.from({ length: 12 }, () => insider(world, scene)));
  const answers = await Promise.all(users.map((user) => askBest(world, user, scene.performanceId, 2)));
  const seatIds = answers.flatMap((answer) => read(answer, 201, holdShape).seatIds);
  expect(new Set(seatIds).size).toBe(24);
});
