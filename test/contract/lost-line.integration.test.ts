import { afterAll, expect, test } from '@jest/globals';
import { eventually } from './eventually.ts';
import { openFaultyWorld } from './faulty-world.ts';
import { problem } from './problem.ts';
import { createPerformance, enter, placeIn, poll } from './scene.ts';
import { publicQueueShape, read } from './shapes.ts';

const world = await openFaultyWorld();
afterAll(() => world.close());

/** Five in line, of whom the first is inside; returns them with their receipts. */
async function fiveInLine(performanceId: string) {
  const people = [];
  for (const user of await world.newUsers(5)) {
    const { receipt } = placeIn(await enter(world, user, performanceId));
    people.push({ user, receipt });
  }
  const [first, second, third, fourth, fifth] = people;
  if (!first || !second || !third || !fourth || !fifth) throw new Error('five users were asked for');
  return { first, second, third, fourth, fifth };
}

test('a lost line is rebuilt from the receipts, in the old order, in front of all newcomers', async () => {
  const { performanceId } = await createPerformance(world, {
    waitingRoom: { capacity: 1, admitPerSecond: 1000, heartbeatSeconds: 5 },
  });
  const { first, second, third, fourth } = await fiveInLine(performanceId);
  await world.flushRedis();
  const lostAtMs = Date.now();

  const newcomer = await world.newUser();
  const newTicket = placeIn(await enter(world, newcomer, performanceId)).ticket;
  expect(newTicket).toBeGreaterThan(5);
  // The third comes back without the receipt first, and gets the old place all the same.
  expect(placeIn(await enter(world, third.user, performanceId)).ticket).toBeGreaterThan(newTicket);
  const back = await enter(world, third.user, performanceId, { receipt: third.receipt });
  expect(placeIn(back)).toMatchObject({ status: 'waiting', ticket: 3 });
  expect(placeIn(await enter(world, fourth.user, performanceId, { receipt: fourth.receipt })).ticket).toBe(4);
  const second2 = placeIn(await enter(world, second.user, performanceId, { receipt: second.receipt }));
  expect([second2.ticket, second2.ahead]).toEqual([2, 0]);
  expect(placeIn(await poll(world, fourth.user, performanceId)).ahead).toBe(2);
  expect(placeIn(await poll(world, newcomer, performanceId)).ahead).toBe(3);
  // Another's receipt restores nothing.
  const thief = await world.newUser();
  expect(
    placeIn(await enter(world, thief, performanceId, { receipt: first.receipt })).ticket,
  ).toBeGreaterThan(newTicket);

  const admittedAtMs = await eventually('admission goes on', 15_000, async () => {
    for (const { user } of [third, fourth]) await poll(world, user, performanceId);
    await poll(world, newcomer, performanceId);
    return placeIn(await poll(world, second.user, performanceId)).status === 'admitted'
      ? Date.now()
      : undefined;
  });
  expect(admittedAtMs - lostAtMs).toBeGreaterThan(4500);
  expect(admittedAtMs - lostAtMs).toBeLessThan(8000);
  const seen = read(
    await world.send({ path: `/performances/${performanceId}/queue` }),
    200,
    publicQueueShape,
  );
  expect(seen).toMatchObject({ nowServing: 2, admitted: 1 });
});

test('who was inside is in line again, at the old ticket', async () => {
  const { performanceId } = await createPerformance(world, {
    waitingRoom: { capacity: 1, admitPerSecond: 1000, heartbeatSeconds: 600 },
  });
  const { first, second, fifth } = await fiveInLine(performanceId);
  await world.flushRedis();
  expect(problem(await poll(world, fifth.user, performanceId))).toBe('404 not-in-queue');
  const restored = await enter(world, fifth.user, performanceId, { receipt: fifth.receipt });
  expect(placeIn(restored)).toMatchObject({ status: 'waiting', ticket: 5, ahead: 0 });
  expect(placeIn(await enter(world, first.user, performanceId, { receipt: first.receipt })).ticket).toBe(1);
  expect(placeIn(await poll(world, fifth.user, performanceId)).ahead).toBe(1);
  expect(placeIn(await enter(world, second.user, performanceId, { receipt: second.receipt })).ticket).toBe(2);
});

test('a receipt of another performance, or a changed one, restores nothing', async () => {
  const narrow = { waitingRoom: { capacity: 1, admitPerSecond: 1000, heartbeatSeconds: 600 } };
  const [a, b] = [await createPerformance(world, narrow), await createPerformance(world, narrow)];
  const { second, third } = await fiveInLine(a.performanceId);
  await fiveInLine(b.performanceId);
  await world.flushRedis();
  expect(
    placeIn(await enter(world, second.user, b.performanceId, { receipt: second.receipt })).ticket,
  ).toBeGreaterThan(5);
  const middle = Math.floor(third.receipt.length / 2);
  const swapped = third.receipt[middle] === 'A' ? 'B' : 'A';
  for (const receipt of [
    `${third.receipt}A`,
    third.receipt.slice(0, -6),
    third.receipt.slice(0, middle) + swapped + third.receipt.slice(middle + 1),
  ]) {
    expect(placeIn(await enter(world, third.user, a.performanceId, { receipt })).ticket).toBeGreaterThan(5);
  }
  expect(placeIn(await enter(world, third.user, a.performanceId, { receipt: third.receipt })).ticket).toBe(3);
});

test('a receipt of a line lost twice is good still, and one given after the loss restores nothing', async () => {
  const { performanceId } = await createPerformance(world, {
    waitingRoom: { capacity: 1, admitPerSecond: 1000, heartbeatSeconds: 600 },
  });
  const { second } = await fiveInLine(performanceId);
  await world.flushRedis();
  const newcomer = await world.newUser();
  const late = placeIn(await enter(world, newcomer, performanceId));
  await world.flushRedis();
  expect(placeIn(await enter(world, second.user, performanceId, { receipt: second.receipt })).ticket).toBe(2);
  expect(placeIn(await enter(world, newcomer, performanceId, { receipt: late.receipt })).ticket).toBe(
    late.ticket,
  );
  expect(
    (
      await world.send({
        method: 'DELETE',
        path: `/performances/${performanceId}/queue/me`,
        token: newcomer.token,
      })
    ).status,
  ).toBe(204);
  const after = placeIn(await enter(world, newcomer, performanceId, { receipt: late.receipt }));
  expect(after.ticket).toBeGreaterThan(late.ticket);
});
