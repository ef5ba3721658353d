import { afterAll, expect, test } from '@jest/globals';
import { eventually } from './eventually.ts';
import { problem } from './problem.ts';
import { buy, createPerformance, readList, seatAt } from './scene.ts';
import { read, reservationShape } from './shapes.ts';
import { openWorld } from './world.ts';

const world = await openWorld();
afterAll(() => world.close());

test('a reservation is confirmed at once, and has a ticket a seat within seconds', async () => {
  const scene = await createPerformance(world);
  const seatIds = [seatAt(scene, 0), seatAt(scene, 1), seatAt(scene, 5)];
  const { user, payment } = await buy(world, scene, seatIds);
  const path = `/reservations/${payment.reservationId}`;
  const readOne = async () => read(await world.send({ path, token: user.token }), 200, reservationShape);
  const first = await readOne();
  expect(first).toMatchObject({
    reservationId: payment.reservationId,
    performanceId: scene.performanceId,
    amount: 300,
    status: 'confirmed',
  });
  expect(first.seatIds.toSorted()).toEqual(seatIds.toSorted());
  const issued = await eventually('three tickets', 10_000, async () => {
    const { tickets } = await readOne();
    return tickets.length >= 3 ? tickets : undefined;
  });
  expect(issued.map((ticket) => ticket.seatId).toSorted()).toEqual(seatIds.toSorted());
  expect(new Set(issued.map((ticket) => ticket.ticketId)).size).toBe(3);
  expect((await readOne()).tickets.toSorted((a, b) => a.seatId.localeCompare(b.seatId))).toEqual(
    issued.toSorted((a, b) => a.seatId.localeCompare(b.seatId)),
  );
});

test('the list has one’s own', async () => {
  const scene = await createPerformance(world);
  const { user, payment } = await buy(world, scene, [seatAt(scene, 0)]);
  const other = await buy(world, scene, [seatAt(scene, 1)]);
  const own = await readList(world, user.token, '/reservations', reservationShape);
  expect(own.map((r) => r.reservationId)).toEqual([payment.reservationId]);
  const others = await readList(world, other.user.token, '/reservations', reservationShape);
  expect(others.map((r) => r.reservationId)).toEqual([other.payment.reservationId]);
});

test('another’s is not there, not even for an admin', async () => {
  const scene = await createPerformance(world);
  const { payment } = await buy(world, scene, [seatAt(scene, 0)]);
  for (const { token } of [await world.newUser(), world.admin]) {
    const answer = await world.send({ path: `/reservations/${payment.reservationId}`, token });
    expect(problem(answer)).toBe('404 not-found');
  }
});
