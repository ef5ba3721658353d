import { afterAll, expect, test } from '@jest/globals';
import { problem } from './problem.ts';
import {
  admit,
  askHold,
  askPayment,
  buy,
  charge,
  createPerformance,
  enter,
  hold,
  insider,
  leave,
  release,
  seatAt,
} from './scene.ts';
import { followedHoldShape, holdShape, read } from './shapes.ts';
import { openWorld, type User } from './world.ts';

const world = await openWorld();
afterAll(() => world.close());

const taken = (seatIds: readonly string[]) =>
  expect.objectContaining({ seatIds: expect.arrayContaining([...seatIds]) });

test('a hold is what it says', async () => {
  const scene = await createPerformance(world, { seats: { price: 130 }, holdSeconds: 60 });
  const user = await insider(world, scene);
  const seatIds = [seatAt(scene, 0), seatAt(scene, 3), seatAt(scene, 7)];
  const held = await hold(world, user, scene, seatIds);
  expect(held.seatIds.toSorted()).toEqual(seatIds.toSorted());
  expect(held.amount).toBe(390);
  expect(Math.abs(Date.parse(held.expiresAt) - Date.now() - 60_000)).toBeLessThan(3000);
  const followed = await world.send({ path: `/holds/${held.holdId}`, token: user.token });
  expect(read(followed, 200, followedHoldShape)).toMatchObject({ ...held, status: 'held' });
});

test('not without admission: 403, before the line, in it, before opening, after leaving', async () => {
  const scene = await createPerformance(world, { waitingRoom: { capacity: 1 } });
  const [first, second] = [await insider(world, scene), await world.newUser()];
  const ask = async (user: User) =>
    problem(await askHold(world, user, scene.performanceId, [seatAt(scene, 0)]));
  expect(await ask(second)).toBe('403 not-admitted');
  await enter(world, second, scene.performanceId);
  expect(await ask(second)).toBe('403 not-admitted');
  await leave(world, first, scene.performanceId);
  expect(await ask(first)).toBe('403 not-admitted');
  const later = await createPerformance(world, { opensAt: '2098-01-01T00:00:00.000Z' });
  await enter(world, second, later.performanceId);
  expect(problem(await askHold(world, second, later.performanceId, [seatAt(later, 0)]))).toBe(
    '403 not-admitted',
  );
});

test('seats that are none, of another performance, or named twice: 422, and none is held', async () => {
  const [scene, other] = [await createPerformance(world), await createPerformance(world)];
  const user = await insider(world, scene);
  const free = seatAt(scene, 0);
  const choices: unknown[] = [
    ['nothing'],
    [free, 'nothing'],
    [seatAt(other, 0)],
    [free, seatAt(other, 0)],
    [free, free],
    [free, seatAt(scene, 1), free],
    [''],
    ['a b'],
    ['a'.repeat(65)],
    ['\u0000'],
    ['\ud800'],
    [`${free} `],
    [5],
    [null],
    [[free]],
    [{ seatId: free }],
    [],
    free,
    {},
    null,
    5,
    [scene.performanceId],
    ['__proto__'],
    [`${free}'`],
    ['%'],
  ];
  for (const seatIds of choices) {
    const answer = await world.send({
      path: `/performances/${scene.performanceId}/holds`,
      token: user.token,
      json: { seatIds },
    });
    expect([seatIds, problem(answer)]).toEqual([seatIds, '422 invalid-request']);
  }
  for (const json of [{}, { seatIds: [free], more: 1 }, { seatId: free }, { seats: [free] }, [free]]) {
    const answer = await world.send({
      path: `/performances/${scene.performanceId}/holds`,
      token: user.token,
      json,
    });
    expect([json, problem(answer)]).toEqual([json, '422 invalid-request']);
  }
  const raw = JSON.stringify({ seatIds: [free] }).replace('{', '{"__proto__":1,');
  const proto = await world.send({
    path: `/performances/${scene.performanceId}/holds`,
    token: user.token,
    raw,
    headers: { 'content-type': 'application/json' },
  });
  expect(problem(proto)).toBe('422 invalid-request');
  await hold(world, await insider(world, scene), scene, [free]);
});

test('a list as long as the body allows is bad input and nothing more', async () => {
  const scene = await createPerformance(world, { seats: { rows: 10, seatsPerRow: 10 } });
  const user = await insider(world, scene);
  const known = await askHold(world, user, scene.performanceId, scene.seatIds);
  expect([409, 422]).toContain(known.status);
  const unknown = await askHold(
    world,
    user,
    scene.performanceId,
    Array.from({ length: 3000 }, (_, n) => `${n}`),
  );
  expect(problem(unknown)).toMatch(/^4(13|22) /);
});

test('all or none: what is taken is named, and the rest stays free', async () => {
  const scene = await createPerformance(world);
  const [first, second, third] = [
    await insider(world, scene),
    await insider(world, scene),
    await insider(world, scene),
  ];
  const [a, b, c] = [seatAt(scene, 0), seatAt(scene, 1), seatAt(scene, 2)];
  await hold(world, first, scene, [a, b]);
  const refused = await askHold(world, second, scene.performanceId, [b, c]);
  expect(problem(refused)).toBe('409 seat-unavailable');
  expect(refused.json).toMatchObject({ seatIds: [b] });
  const both = await askHold(world, second, scene.performanceId, [c, a, b]);
  expect(problem(both)).toBe('409 seat-unavailable');
  expect(both.json).toEqual(taken([a, b]));
  expect(both.json).not.toEqual(taken([c]));
  await hold(world, third, scene, [c]);
});

test('a sold seat is taken', async () => {
  const scene = await createPerformance(world);
  await buy(world, scene, [seatAt(scene, 0)]);
  const refused = await askHold(world, await insider(world, scene), scene.performanceId, [seatAt(scene, 0)]);
  expect(problem(refused)).toBe('409 seat-unavailable');
  expect(refused.json).toMatchObject({ seatIds: [seatAt(scene, 0)] });
});

test('exactly one’s own hold again: 200 with it; any other choice that touches it is taken', async () => {
  const scene = await createPerformance(world);
  const user = await insider(world, scene);
  const [a, b, c, d] = [seatAt(scene, 0), seatAt(scene, 1), seatAt(scene, 2), seatAt(scene, 3)];
  const held = await hold(world, user, scene, [a, b]);
  const single = await hold(world, user, scene, [c]);
  for (const seatIds of [
    [a, b],
    [b, a],
  ]) {
    const again = read(await askHold(world, user, scene.performanceId, seatIds), 200, holdShape);
    expect({ ...again, seatIds: again.seatIds.toSorted() }).toEqual({
      ...held,
      seatIds: held.seatIds.toSorted(),
    });
  }
  for (const [seatIds, own] of [
    [[a], [a]],
    [[a, d], [a]],
    [[b, d], [b]],
  ] as const) {
    const answer = await askHold(world, user, scene.performanceId, seatIds);
    expect([seatIds, problem(answer)]).toEqual([seatIds, '409 seat-unavailable']);
    expect(answer.json).toMatchObject({ seatIds: own });
  }
  await release(world, user, single.holdId);
  const over = await askHold(world, user, scene.performanceId, [a, b]);
  expect(over.status).toBe(200);
  await release(world, user, held.holdId);
  const fresh = await hold(world, user, scene, [a, b]);
  expect(fresh.holdId).not.toBe(held.holdId);
});

test('one’s own hold again at the limit of seats is still 200', async () => {
  const scene = await createPerformance(world, { maxSeatsPerUser: 2 });
  const user = await insider(world, scene);
  const seatIds = [seatAt(scene, 0), seatAt(scene, 1)];
  const held = await hold(world, user, scene, seatIds);
  expect(read(await askHold(world, user, scene.performanceId, seatIds), 200, holdShape).holdId).toBe(
    held.holdId,
  );
});

test('the seat limit counts live holds and reservations, and is looked at before the seats', async () => {
  const scene = await createPerformance(world, { maxSeatsPerUser: 2 });
  const [other, user] = [await insider(world, scene), await insider(world, scene)];
  const ask = async (...seats: number[]) =>
    problem(
      await askHold(
        world,
        user,
        scene.performanceId,
        seats.map((n) => seatAt(scene, n)),
      ),
    );
  await hold(world, other, scene, [seatAt(scene, 9)]);
  expect(await ask(0, 1, 2)).toBe('409 seat-limit');
  expect(await ask(0, 1, 9)).toBe('409 seat-limit');
  expect(await ask(0, 9)).toBe('409 seat-unavailable');
  const first = await hold(world, user, scene, [seatAt(scene, 0)]);
  expect(await ask(1, 2)).toBe('409 seat-limit');
  const second = await hold(world, user, scene, [seatAt(scene, 1)]);
  expect(await ask(9)).toBe('409 seat-limit');
  await release(world, user, second.holdId);
  expect(await ask(9)).toBe('409 seat-unavailable');
  await charge(world, user, 1000);
  expect((await askPayment(world, user, first.holdId)).status).toBe(201);
  await admit(world, user, scene.performanceId);
  expect(await ask(1, 2)).toBe('409 seat-limit');
  await hold(world, user, scene, [seatAt(scene, 1)]);
  expect(await ask(2)).toBe('409 seat-limit');
});

test('as many seats at once as one may have', async () => {
  const scene = await createPerformance(world, { seats: { rows: 3, seatsPerRow: 10 }, maxSeatsPerUser: 20 });
  const held = await hold(world, await insider(world, scene), scene, scene.seatIds.slice(5, 25));
  expect([held.seatIds.length, held.amount]).toEqual([20, 2000]);
});
