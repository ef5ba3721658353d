import { afterAll, expect, test } from '@jest/globals';
import { eventually } from './eventually.ts';
import {
  admit,
  askPayment,
  charge,
  createPerformance,
  hold,
  performanceBody,
  release,
  seatAt,
  seatMap,
  seatStatus,
} from './scene.ts';
import { listOf, performanceShape, read } from './shapes.ts';
import { openWorld } from './world.ts';

const world = await openWorld();
afterAll(() => world.close());

const { token } = world.admin;
const create = (json: unknown) => world.send({ path: '/performances', token, json });

test('a performance is answered as it was sent, and found where Location says', async () => {
  const body = performanceBody({ name: '봄밤 “Spring” <b>&\'"\\/ 🎫', opensAt: '2098-01-01T00:00:00.000Z' });
  const created = await create(body);
  const performance = read(created, 201, performanceShape);
  expect(performance).toMatchObject(body);
  const location = new URL(created.headers.location ?? '', world.app.http);
  expect(location.pathname).toBe(`/performances/${performance.performanceId}`);
  const found = await world.send({ path: location.pathname });
  expect(read(found, 200, performanceShape)).toMatchObject({
    ...body,
    performanceId: performance.performanceId,
  });
  const list = read(await world.send({ path: '/performances?limit=1' }), 200, listOf(performanceShape));
  expect(list.items).toEqual([
    expect.objectContaining({ ...body, performanceId: performance.performanceId }),
  ]);
});

test('it opens now unless told', async () => {
  const { opensAt } = read(await create(performanceBody()), 201, performanceShape);
  expect(Math.abs(Date.parse(opensAt) - Date.now())).toBeLessThan(5000);
});

test('it may have opened before', async () => {
  const opensAt = '2020-02-29T23:59:59.999Z';
  expect(read(await create(performanceBody({ opensAt })), 201, performanceShape).opensAt).toBe(opensAt);
});

test('rows are lettered A … Z, AA …, seats numbered from 1, ids unique over all performances', async () => {
  const first = await createPerformance(world, { seats: { rows: 30, seatsPerRow: 3, price: 7 } });
  const { items } = await seatMap(world, first.performanceId);
  const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'.split(''), 'AA', 'AB', 'AC', 'AD'];
  const seats = letters.flatMap((row) =>
    [1, 2, 3].map((number) => ({ row, number, price: 7, status: 'available' })),
  );
  expect(items).toHaveLength(90);
  expect(items).toEqual(expect.arrayContaining(seats.map((seat) => expect.objectContaining(seat))));
  const second = await createPerformance(world, { seats: { rows: 30, seatsPerRow: 3 } });
  expect(new Set([...first.seatIds, ...second.seatIds]).size).toBe(180);
});

test('the map follows holds, releases, expiries and sales, and asOf tells of the last change', async () => {
  const scene = await createPerformance(world, { holdSeconds: 3 });
  const [seat, sold] = [seatAt(scene, 0), seatAt(scene, 1)];
  const user = await world.newUser();
  await admit(world, user, scene.performanceId);
  await charge(world, user, 1000);
  const shows = (seatId: string, status: string) =>
    eventually(`the map shows ${status}`, 10_000, async () =>
      (await seatStatus(world, scene, seatId)) === status ? true : undefined,
    );
  const before = await seatMap(world, scene.performanceId);
  expect((await seatMap(world, scene.performanceId)).asOf).toBe(before.asOf);
  const held = await hold(world, user, scene, [seat]);
  await shows(seat, 'held');
  const after = await seatMap(world, scene.performanceId);
  expect(Date.parse(after.asOf)).toBeGreaterThan(Date.parse(before.asOf));
  await release(world, user, held.holdId);
  await shows(seat, 'available');
  await hold(world, user, scene, [seat]);
  await shows(seat, 'held');
  await shows(seat, 'available');
  const bought = await hold(world, user, scene, [sold]);
  expect((await askPayment(world, user, bought.holdId)).status).toBe(201);
  await shows(sold, 'sold');
  await shows(seat, 'available');
});
