import { afterAll, expect, test } from '@jest/globals';
import { outcome } from './problem.ts';
import { askHold, createPerformance, hold, insider, seatAt, tally } from './scene.ts';
import { holdShape, read } from './shapes.ts';
import { openWorld } from './world.ts';

const world = await openWorld();
afterAll(() => world.close());

test('twenty holds of one user at once do not pass the limit', async () => {
  const scene = await createPerformance(world, { maxSeatsPerUser: 3, seats: { rows: 4, seatsPerRow: 5 } });
  const user = await insider(world, scene);
  const answers = await Promise.all(
    scene.seatIds.map((seatId) => askHold(world, user, scene.performanceId, [seatId])),
  );
  expect(tally(answers.map(outcome))).toEqual({
    '201': 3,
    '409 seat-limit': 17,
  });
});

test('twenty users, one seat: one has it', async () => {
  const scene = await createPerformance(world);
  const users = await Promise.all(Array.from({ length: 20 }, () => insider(world, scene)));
  const answers = await Promise.all(
    users.map((user) => askHold(world, user, scene.performanceId, [seatAt(scene, 0)])),
  );
  expect(tally(answers.map(outcome))).toEqual({
    '201': 1,
    '409 seat-unavailable': 19,
  });
});

test('twenty times the same hold of one user at once: one hold', async () => {
  const scene = await createPerformance(world);
  const user = await insider(world, scene);
  const seatIds = [seatAt(scene, 0), seatAt(scene, 1)];
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => askHold(world, user, scene.performanceId, seatIds)),
  );
  const good = answers.filter((answer) => answer.status === 201 || answer.status === 200);
  expect(good.filter((answer) => answer.status === 201)).toHaveLength(1);
  expect(new Set(good.map((answer) => read(answer, answer.status, holdShape).holdId)).size).toBe(1);
  // While the first is on its way there is no live hold yet, and the seats are taken.
  expect(['200', '201', '409 seat-unavailable']).toEqual(expect.arrayContaining(answers.map(outcome)));
});

test('choices that overlap, in every order, at once: no seat twice, nothing left behind', async () => {
  const scene = await createPerformance(world, { seats: { rows: 1, seatsPerRow: 6 } });
  const users = await Promise.all(Array.from({ length: 12 }, () => insider(world, scene)));
  const answers = await Promise.all(
    users.map(async (user, n) => {
      const seatIds = [n % 6, (n + 1 + (n % 3)) % 6, (n + 4 + (n % 2)) % 6];
      const choice = [...new Set(seatIds)].map((index) => seatAt(scene, index));
      return {
        user,
        answer: await askHold(world, user, scene.performanceId, n % 2 === 0 ? choice : choice.toReversed()),
      };
    }),
  );
  const won = answers.filter(({ answer }) => answer.status === 201);
  const seats = won.flatMap(({ answer }) => read(answer, 201, holdShape).seatIds);
  expect(new Set(seats).size).toBe(seats.length);
  const said = answers.map(({ answer }) => outcome(answer));
  expect(['201', '409 seat-unavailable']).toEqual(expect.arrayContaining(said));
  const rest = scene.seatIds.filter((seatId) => !seats.includes(seatId));
  if (rest.length > 0) await hold(world, await insider(world, scene), scene, rest);
});

test('ten who wait for a hold to expire: one has the seat next', async () => {
  const scene = await createPerformance(world, { holdSeconds: 2 });
  const [owner, ...others] = await Promise.all(Array.from({ length: 11 }, () => insider(world, scene)));
  if (owner === undefined) throw new Error('eleven users were asked for');
  const seatIds = [seatAt(scene, 0)];
  const held = await hold(world, owner, scene, seatIds);
  const endMs = Date.parse(held.expiresAt) + 700;
  const said = await Promise.all(
    others.map(async (user) => {
      const lines: string[] = [];
      while (Date.now() < endMs)
        lines.push(outcome(await askHold(world, user, scene.performanceId, seatIds)));
      return lines;
    }),
  );
  const counts = tally(said.flat());
  expect([counts['201'], Object.keys(counts).toSorted()]).toEqual([
    1,
    ['200', '201', '409 seat-unavailable'],
  ]);
});
