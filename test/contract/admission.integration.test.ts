import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from '@jest/globals';
import { eventually } from './eventually.ts';
import { problem } from './problem.ts';
import {
  admit,
  askPayment,
  charge,
  createPerformance,
  enter,
  hold,
  leave,
  placeIn,
  poll,
  seatAt,
} from './scene.ts';
import { publicQueueShape, read } from './shapes.ts';
import { openWorld, type User } from './world.ts';

const world = await openWorld();
afterAll(() => world.close());

const publicQueue = async (performanceId: string) =>
  read(await world.send({ path: `/performances/${performanceId}/queue` }), 200, publicQueueShape);

const room = (settings: object) => ({ waitingRoom: { admitPerSecond: 1000, ...settings } });

/** Enters one after the other, so that the nth user has the nth ticket. */
async function enterInOrder(performanceId: string, count: number): Promise<User[]> {
  const users = await world.newUsers(count);
  for (const [n, user] of users.entries()) {
    expect(placeIn(await enter(world, user, performanceId)).ticket).toBe(n + 1);
  }
  return users;
}

const statuses = (performanceId: string, users: readonly User[]) =>
  Promise.all(users.map(async (user) => placeIn(await poll(world, user, performanceId)).status));

const admission = (performanceId: string, user: User) =>
  eventually('admission', 5000, async () =>
    placeIn(await poll(world, user, performanceId)).status === 'admitted' ? true : undefined,
  );

test('as many as the capacity are admitted, in the order of their tickets, and the rest wait', async () => {
  const { performanceId } = await createPerformance(world, room({ capacity: 3 }));
  const users = await enterInOrder(performanceId, 8);
  const inside = ['admitted', 'admitted', 'admitted'];
  expect(await statuses(performanceId, users)).toEqual([...inside, ...Array(5).fill('waiting')]);
  const ahead = await Promise.all(
    users.map(async (user) => placeIn(await poll(world, user, performanceId)).ahead),
  );
  expect(ahead).toEqual([0, 0, 0, 0, 1, 2, 3, 4]);
  expect(await publicQueue(performanceId)).toMatchObject({
    state: 'open',
    nowServing: 3,
    waiting: 5,
    admitted: 3,
    capacity: 3,
  });
});

test('each place that is left is given to the next ticket; nowServing never falls', async () => {
  const { performanceId } = await createPerformance(world, room({ capacity: 2 }));
  const users = await enterInOrder(performanceId, 6);
  let served = 0;
  for (const [n, user] of users.slice(0, 4).entries()) {
    expect((await leave(world, user, performanceId)).status).toBe(204);
    await eventually('the next is served', 5000, async () => {
      const { nowServing, admitted } = await publicQueue(performanceId);
      expect(nowServing).toBeGreaterThanOrEqual(served);
      expect(admitted).toBeLessThanOrEqual(2);
      served = nowServing;
      return nowServing === n + 3 ? true : undefined;
    });
    expect(await statuses(performanceId, users.slice(n + 1))).toEqual(
      users.slice(n + 1).map((_, k) => (k < 2 ? 'admitted' : 'waiting')),
    );
  }
  for (const user of users.slice(4)) await leave(world, user, performanceId);
  expect(await publicQueue(performanceId)).toMatchObject({ nowServing: 6, waiting: 0, admitted: 0 });
});

test('a waiter who leaves is passed over', async () => {
  const { performanceId } = await createPerformance(world, room({ capacity: 1 }));
  const [first, second, third] = await enterInOrder(performanceId, 3);
  if (first === undefined || second === undefined || third === undefined)
    throw new Error('three users were asked for');
  await leave(world, second, performanceId);
  expect(placeIn(await poll(world, third, performanceId)).ahead).toBe(0);
  await leave(world, first, performanceId);
  await admission(performanceId, third);
  expect((await publicQueue(performanceId)).nowServing).toBe(3);
});

test('never faster than admitPerSecond, a second’s worth at once', async () => {
  const { performanceId } = await createPerformance(world, room({ capacity: 100, admitPerSecond: 2 }));
  const startedAt = performance.now();
  const users = await enterInOrder(performanceId, 12);
  let admitted = 0;
  let everInOrder = true;
  while (admitted < users.length && performance.now() - startedAt < 12_000) {
    const seen = await statuses(performanceId, users);
    // Read after the answers, so the allowance is never too small.
    const allowed = 2 + 2 * ((performance.now() - startedAt) / 1000);
    admitted = seen.filter((status) => status === 'admitted').length;
    expect(admitted).toBeLessThanOrEqual(allowed);
    everInOrder &&= seen.lastIndexOf('admitted') < admitted + 2;
    await sleep(100);
  }
  expect([admitted, everInOrder]).toEqual([users.length, true]);
  expect(performance.now() - startedAt).toBeGreaterThan(4500);
});

test('an admission ends at admittedUntil, is not prolonged by asking, and the next one comes in', async () => {
  const { performanceId } = await createPerformance(world, room({ capacity: 1, admissionSeconds: 5 }));
  const [user, next] = await world.newUsers(2);
  if (user === undefined || next === undefined) throw new Error('two users were asked for');
  const enteredAtMs = Date.now();
  const { admittedUntil } = await admit(world, user, performanceId);
  const endsAtMs = Date.parse(admittedUntil ?? '');
  expect(Math.abs(endsAtMs - enteredAtMs - 5000)).toBeLessThan(1000);
  await enter(world, next, performanceId);
  expect(placeIn(await enter(world, user, performanceId)).admittedUntil).toBe(admittedUntil);
  expect(placeIn(await poll(world, user, performanceId)).admittedUntil).toBe(admittedUntil);
  const servedAtMs = await eventually('the next is admitted', 10_000, async () =>
    placeIn(await poll(world, next, performanceId)).status === 'admitted' ? Date.now() : undefined,
  );
  expect(servedAtMs).toBeGreaterThanOrEqual(endsAtMs - 100);
  expect(servedAtMs).toBeLessThan(endsAtMs + 1500);
  expect(problem(await poll(world, user, performanceId))).toBe('404 not-in-queue');
});

test('an admission ends on payment', async () => {
  const scene = await createPerformance(world, room({ capacity: 1 }));
  const [user, next] = await world.newUsers(2);
  if (user === undefined || next === undefined) throw new Error('two users were asked for');
  await admit(world, user, scene.performanceId);
  await enter(world, next, scene.performanceId);
  await charge(world, user, 100);
  const held = await hold(world, user, scene, [seatAt(scene, 0)]);
  expect(placeIn(await poll(world, next, scene.performanceId)).status).toBe('waiting');
  expect((await askPayment(world, user, held.holdId)).status).toBe(201);
  await admission(scene.performanceId, next);
  expect(problem(await poll(world, user, scene.performanceId))).toBe('404 not-in-queue');
});

test('a waiter not heard of loses the place; entering again and polling are heard; the admitted need not be', async () => {
  const { performanceId } = await createPerformance(world, room({ capacity: 1, heartbeatSeconds: 5 }));
  const users = await enterInOrder(performanceId, 4);
  const [inside, silent, polling, entering] = users;
  if (inside === undefined || silent === undefined || polling === undefined || entering === undefined)
    throw new Error('four users were asked for');
  for (let second = 0; second < 7; second += 1) {
    await sleep(1000);
    expect(placeIn(await poll(world, polling, performanceId)).ticket).toBe(3);
    expect((await enter(world, entering, performanceId)).status).toBe(200);
  }
  expect(problem(await poll(world, silent, performanceId))).toBe('404 not-in-queue');
  expect(placeIn(await poll(world, polling, performanceId)).ahead).toBe(0);
  expect(await publicQueue(performanceId)).toMatchObject({ waiting: 2, admitted: 1 });
  const back = await enter(world, silent, performanceId);
  expect([back.status, placeIn(back).ticket]).toEqual([201, 5]);
  expect(placeIn(await poll(world, inside, performanceId)).status).toBe('admitted');
});

test('before it opens people stand in line; the heartbeat counts from opensAt', async () => {
  const opensAtMs = Date.now() + 7000;
  const { performanceId } = await createPerformance(world, {
    ...room({ capacity: 1, heartbeatSeconds: 5 }),
    opensAt: new Date(opensAtMs).toISOString(),
  });
  const [first, second] = await enterInOrder(performanceId, 2);
  if (first === undefined || second === undefined) throw new Error('two users were asked for');
  expect(placeIn(await poll(world, first, performanceId))).toMatchObject({
    status: 'scheduled',
    ticket: 1,
    ahead: 0,
  });
  expect(placeIn(await poll(world, second, performanceId))).toMatchObject({
    status: 'scheduled',
    ticket: 2,
    ahead: 1,
  });
  expect(await publicQueue(performanceId)).toMatchObject({
    state: 'scheduled',
    nowServing: 0,
    waiting: 2,
    admitted: 0,
  });
  await sleep(opensAtMs + 1000 - Date.now());
  await eventually('it is open', 3000, async () =>
    (await publicQueue(performanceId)).state === 'open' ? true : undefined,
  );
  expect(placeIn(await poll(world, first, performanceId)).status).toBe('admitted');
  expect(placeIn(await poll(world, second, performanceId))).toMatchObject({
    status: 'waiting',
    ticket: 2,
    ahead: 0,
  });
});

test('capacity and order hold under a crowd that comes and goes', async () => {
  const capacity = 5;
  const { performanceId } = await createPerformance(world, room({ capacity }));
  const users = await world.newUsers(40);
  const entered = await Promise.all(
    users.map(async (user) => ({ user, ...placeIn(await enter(world, user, performanceId)) })),
  );
  const inLine = entered.toSorted((a, b) => a.ticket - b.ticket);
  const served: number[] = [];
  const watching = new AbortController();
  const watch = (async () => {
    while (!watching.signal.aborted)
      expect((await publicQueue(performanceId)).admitted).toBeLessThanOrEqual(capacity);
  })();
  await Promise.all(
    inLine.map(async ({ user, ticket }) => {
      await eventually(`ticket ${ticket}`, 20_000, async () =>
        placeIn(await poll(world, user, performanceId)).status === 'admitted' ? true : undefined,
      );
      served.push(ticket);
      await leave(world, user, performanceId);
    }),
  );
  watching.abort();
  await watch;
  expect(served).toHaveLength(40);
  // Who is inside together may notice in any order; nobody may overtake by more than the capacity.
  for (const [position, ticket] of served.entries())
    expect(Math.abs(ticket - 1 - position)).toBeLessThan(2 * capacity);
});
