import { randomUUID } from 'node:crypto';
import { afterAll, expect, test } from '@jest/globals';
import { type EventRecord, readEvents } from './events-topic.ts';
import { eventually } from './eventually.ts';
import {
  admit,
  askCancellation,
  askHold,
  askPayment,
  buy,
  charge,
  createPerformance,
  hold,
  insider,
  release,
  type Scene,
  seatAt,
} from './scene.ts';
import { openWorld } from './world.ts';

const world = await openWorld();
const reader = await readEvents(world.app.kafkaBrokers, world.app.eventsTopic, `contract-${randomUUID()}`);
afterAll(async () => {
  await reader.close();
  await world.close();
});

/** The first delivery of each event of a seat, in the order of the topic. */
function historyOf(seatId: string): EventRecord[] {
  const seen = new Set<string>();
  return reader.records().filter(({ event }) => {
    if (event.subject !== seatId || seen.has(event.id)) return false;
    seen.add(event.id);
    return true;
  });
}

/** Waits until the seat has so many events, and asserts what is true of every history. */
async function history(scene: Scene, seatId: string, length: number): Promise<EventRecord[]> {
  const records = await eventually(`${length} events`, 20_000, async () => {
    const found = historyOf(seatId);
    return found.length >= length ? found : undefined;
  });
  expect(records.map(({ event }) => event.data.version)).toEqual(records.map((_, n) => n + 1));
  expect(new Set(records.map(({ partition }) => partition)).size).toBe(1);
  for (const { key, event } of records) {
    expect([key, event.data.seatId, event.data.performanceId]).toEqual([seatId, seatId, scene.performanceId]);
  }
  return records;
}

test('hold and release of two seats: an event a seat each', async () => {
  const scene = await createPerformance(world);
  const user = await world.newUser();
  await admit(world, user, scene.performanceId);
  const held = await hold(world, user, scene, [seatAt(scene, 0), seatAt(scene, 1)]);
  await release(world, user, held.holdId);
  for (const seatId of held.seatIds) {
    const records = await history(scene, seatId, 2);
    expect(records.map(({ event }) => event.type)).toEqual(['seat.held', 'seat.released']);
    for (const { event } of records)
      expect(event.data).toMatchObject({ userId: user.id, holdId: held.holdId });
  }
});

test('a payment completes the reservation, seat by seat', async () => {
  const scene = await createPerformance(world);
  const { user, payment } = await buy(world, scene, [seatAt(scene, 0), seatAt(scene, 1)]);
  for (const seatId of payment.seatIds) {
    const records = await history(scene, seatId, 2);
    expect(records.map(({ event }) => event.type)).toEqual(['seat.held', 'reservation.completed']);
    expect(records[1]?.event.data).toMatchObject({ userId: user.id, reservationId: payment.reservationId });
  }
});

test('a cancellation is one event a seat, with what was paid for it, before the next hold', async () => {
  const scene = await createPerformance(world);
  const { user, held, payment } = await buy(world, scene, [seatAt(scene, 0), seatAt(scene, 1)]);
  const { holdId } = held;
  const { reservationId } = payment;
  expect((await askCancellation(world, user, reservationId)).status).toBe(200);
  await hold(world, await insider(world, scene), scene, payment.seatIds);
  for (const seatId of payment.seatIds) {
    const records = await history(scene, seatId, 4);
    expect(records.map(({ event }) => event.type)).toEqual([
      'seat.held',
      'reservation.completed',
      'reservation.cancelled',
      'seat.held',
    ]);
    expect(records[2]?.event.data).toMatchObject({ userId: user.id, reservationId, holdId, amount: 100 });
  }
});

test('the expiry that the next hold notices comes before that hold', async () => {
  const scene = await createPerformance(world, { holdSeconds: 2 });
  const [first, second] = await world.newUsers(2);
  if (first === undefined || second === undefined) throw new Error('two users were asked for');
  await admit(world, first, scene.performanceId);
  await admit(world, second, scene.performanceId);
  const seatId = seatAt(scene, 0);
  await hold(world, first, scene, [seatId]);
  await eventually('the next hold', 8000, async () =>
    (await askHold(world, second, scene.performanceId, [seatId])).status === 201 ? true : undefined,
  );
  const records = await history(scene, seatId, 3);
  expect(records.map(({ event }) => event.type)).toEqual(['seat.held', 'seat.expired', 'seat.held']);
  expect(records[2]?.event.data.userId).toBe(second.id);
});

test('a refused hold and a refused payment are no events', async () => {
  const scene = await createPerformance(world);
  const [first, second] = await world.newUsers(2);
  if (first === undefined || second === undefined) throw new Error('two users were asked for');
  await admit(world, first, scene.performanceId);
  await admit(world, second, scene.performanceId);
  const [a, b] = [seatAt(scene, 0), seatAt(scene, 1)];
  const held = await hold(world, first, scene, [a]);
  expect((await askHold(world, second, scene.performanceId, [a, b])).status).toBe(409);
  expect((await askPayment(world, first, held.holdId)).status).toBe(402);
  await hold(world, second, scene, [b]);
  expect((await history(scene, b, 1)).map(({ event }) => event.data.userId)).toEqual([second.id]);
  expect(await history(scene, a, 1)).toHaveLength(1);
});

test('a seat that changes hands often: versions without a gap, in order', async () => {
  const scene = await createPerformance(world);
  const users = await world.newUsers(6);
  await Promise.all(users.map((user) => admit(world, user, scene.performanceId)));
  const seatId = seatAt(scene, 0);
  let holds = 0;
  await Promise.all(
    users.map(async (user) => {
      for (let round = 0; round < 10; round += 1) {
        const answer = await askHold(world, user, scene.performanceId, [seatId]);
        if (answer.status !== 201) continue;
        holds += 1;
        const { holdId } = JSON.parse(answer.text);
        expect((await release(world, user, holdId)).status).toBe(204);
      }
    }),
  );
  const last = users[0];
  if (last === undefined) throw new Error('six users were asked for');
  await charge(world, last, 100);
  const held = await hold(world, last, scene, [seatId]);
  expect((await askPayment(world, last, held.holdId)).status).toBe(201);
  const records = await history(scene, seatId, 2 * holds + 2);
  const pairs = Array.from({ length: holds }, () => ['seat.held', 'seat.released']).flat();
  expect(records.map(({ event }) => event.type)).toEqual([...pairs, 'seat.held', 'reservation.completed']);
});

test('every record of the topic is an event of the contract, and an id names one event', async () => {
  const byId = new Map<string, string>();
  for (const { event } of reader.records()) {
    const text = JSON.stringify(event);
    expect(byId.get(event.id) ?? text).toBe(text);
    byId.set(event.id, text);
  }
  expect(byId.size).toBeGreaterThan(0);
});
