import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { FaultProxy } from '../../test/contract/fault-proxy.ts';
import type { PerformanceId } from '../ids.ts';
import { proxied } from '../testing/proxied.ts';
import { failureOf, refusalOf } from '../testing/race.ts';
import { enterQueue } from './enter-queue.ts';
import { inspectLine } from './inspect-line.ts';
import { leaveQueue } from './leave-queue.ts';
import { readPlace } from './read-place.ts';
import { readQueue } from './read-queue.ts';
import { roomKeys } from './room-script.ts';
import { type EditedClient, EditedRedis } from './testing/edited-redis.ts';
import { openQueueServices, type QueueServices } from './testing/queue-services.ts';
import { readTestClock } from './testing/test-clock.ts';
import { createClockedPerformance, ticketOf, userNumbered } from './testing/test-room.ts';

let services: QueueServices;
let proxy: FaultProxy;
/** A connection that can be cut off. */
let cutOff: EditedClient;
/** One that nothing happens to. */
let direct: EditedClient;
beforeAll(async () => {
  services = await openQueueServices();
  direct = services.connect();
}, 60_000);
afterAll(() => services.close());
beforeEach(async () => {
  const before = await proxied(services.redisUrl);
  proxy = before.proxy;
  cutOff = new EditedRedis(before.url, readTestClock);
  cutOff.on('error', () => undefined);
});
afterEach(async () => {
  cutOff.disconnect();
  await proxy.close();
});

const heartbeatMs = 20_000;

/** A room of one place, and so many who have come: the first is inside, the others wait. */
async function openRoom(people: number, heartbeatSeconds = heartbeatMs / 1_000) {
  const { performanceId, clock } = await createClockedPerformance(services.db, direct, {
    ...{ capacity: 1, admitPerSecond: 1, heartbeatSeconds, admissionSeconds: 3_600 },
  });
  const all = (redis: EditedClient) => ({ ...services, redis });
  const owner = (number: number) => ({ performanceId, userId: userNumbered(number) });
  const room = {
    ...{ performanceId, clock },
    enter: async (number: number, receipt?: string) =>
      (await enterQueue(all(direct), { ...owner(number), ...(receipt === undefined ? {} : { receipt }) }))
        .place,
    poll: (number: number, redis = cutOff) => readPlace(all(redis), owner(number)),
    leave: (number: number) => leaveQueue(all(direct), owner(number)),
    view: (redis = cutOff) => readQueue(all(redis), performanceId),
    inspect: () => inspectLine(all(cutOff), performanceId),
  };
  for (let number = 1; number <= people; number++) await room.enter(number);
  return room;
}

type Room = Awaited<ReturnType<typeof openRoom>>;

/** As long as an outage has to last. */
const outageMs = 3_100;

/** Nothing reaches Redis for so long, and whoever tried knows it; Redis itself has lost nothing. */
async function cutOffFor(room: Room, ms: number, seenForMs = outageMs): Promise<void> {
  await room.poll(2);
  await proxy.set({ kind: 'refuse' });
  const isAway = { name: 'DependencyError', dependency: 'redis' };
  expect(await failureOf(room.poll(2))).toMatchObject(isAway);
  await sleep(seenForMs);
  expect(await failureOf(room.poll(2))).toMatchObject(isAway);
  await room.clock.advanceMs(ms);
  await proxy.set({ kind: 'none' });
}

/** Who goes in when the one before has left, from the second on. */
async function drain(room: Room, from: number, to: number): Promise<number[]> {
  const order: number[] = [];
  for (let number = from; number <= to; number++) {
    await room.clock.advanceMs(1_000);
    await room.leave(number - 1);
    const { status, ticket } = await room.poll(number, direct);
    if (status === 'admitted' && ticket !== null) order.push(ticket);
  }
  return order;
}

describe('Redis out of reach for longer than the heartbeat, and then as it was', () => {
  test('nobody loses the place: all may come back for the time of the heartbeat, and go in in their order', async () => {
    const room = await openRoom(8);
    await cutOffFor(room, 3 * heartbeatMs);
    expect(await room.view()).toMatchObject({ state: 'paused', waiting: 7, admitted: 1 });
    await room.clock.advanceMs(heartbeatMs - 1);
    for (const number of [5, 3, 8, 2, 7, 4, 6])
      expect(await room.poll(number)).toMatchObject({ status: 'waiting', ticket: number });
    await room.leave(1);
    expect(await room.view()).toMatchObject({ admitted: 0 });
    await room.clock.advanceMs(1);
    expect(await room.view()).toMatchObject({ state: 'open', admitted: 1, nowServing: 2 });
    expect(await drain(room, 3, 8)).toEqual([3, 4, 5, 6, 7, 8]);
  });

  test('who stays silent until the end of it has lost the place, and holds up nobody', async () => {
    const room = await openRoom(4);
    await cutOffFor(room, 2 * heartbeatMs);
    await room.poll(4);
    await room.clock.advanceMs(heartbeatMs - 1);
    await room.poll(4);
    await room.clock.advanceMs(1);
    expect((await refusalOf(room.poll(2))).slug).toBe('not-in-queue');
    await room.leave(1);
    expect(await room.poll(4)).toMatchObject({ status: 'admitted', ticket: 4 });
  });

  test('all lose it when the first who comes has not seen the outage: so it is the grace that keeps them', async () => {
    const room = await openRoom(8);
    await cutOffFor(room, 3 * heartbeatMs);
    expect(await room.view(direct)).toMatchObject({ state: 'open', waiting: 0 });
    expect((await refusalOf(room.poll(5))).slug).toBe('not-in-queue');
  });

  test.each([
    [2, 21, 'open', 19],
    [2, 20, 'paused', 20],
  ] as const)(
    'with %i of %i overdue the line is %s: of one that others could reach hardly anybody is',
    async (silent, waiting, state, left) => {
      const room = await openRoom(waiting + 1);
      await cutOffFor(room, heartbeatMs / 2);
      for (let number = 2 + silent; number <= waiting + 1; number++) await room.poll(number, direct);
      await room.clock.advanceMs(heartbeatMs / 2);
      expect(await room.view()).toMatchObject({ state, waiting: left });
    },
  );

  test('nor is a line paused for an outage that leaves everybody time to ask again', async () => {
    const room = await openRoom(8);
    await cutOffFor(room, 3 * heartbeatMs, 100);
    expect(await room.view()).toMatchObject({ state: 'open', waiting: 0 });
  });

  test('nor by a process that has not tried for longer than the evidence is worth', async () => {
    const room = await openRoom(8);
    await cutOffFor(room, 3 * heartbeatMs);
    await sleep(5_100);
    expect(await room.view()).toMatchObject({ state: 'open', waiting: 0 });
  });

  test('who is not overdue yet, but will be before the next poll, has the grace too', async () => {
    const room = await openRoom(8);
    await cutOffFor(room, heartbeatMs - 2_900);
    expect(await room.view()).toMatchObject({ state: 'paused', waiting: 7 });
    await room.clock.advanceMs(heartbeatMs - 1);
    expect(await room.poll(5)).toMatchObject({ status: 'waiting', ticket: 5 });
  });

  test('the grace is 30 s where the heartbeat is longer, and an operator sees how long the first has', async () => {
    const room = await openRoom(4, 60);
    await cutOffFor(room, 61_000);
    expect(await room.inspect()).toMatchObject({ state: 'paused', first: { ticket: 2, leftMs: 30_000 } });
    await room.clock.advanceMs(29_999);
    expect(await room.view()).toMatchObject({ state: 'paused', waiting: 3 });
    await room.clock.advanceMs(1);
    expect(await room.view()).toMatchObject({ state: 'open', waiting: 0 });
  });
});

describe('Redis set back by some entries', () => {
  /** Six people come, and Redis is then as it was after the third. */
  async function openRoomSetBack() {
    const room = await openRoom(3);
    const earlier = await dumpRoom(room.performanceId);
    const receipts = new Map<number, string>();
    for (const number of [1, 2, 3, 4, 5, 6]) receipts.set(number, (await room.enter(number)).receipt);
    await restoreRoom(earlier);
    return { ...room, return: (number: number) => room.enter(number, receipts.get(number)) };
  }

  test('a receipt above every ticket proves it: all return by theirs, and go in in the old order', async () => {
    const room = await openRoomSetBack();
    for (const number of [5, 3, 6, 1, 4, 2])
      expect(await room.return(number)).toMatchObject({ status: 'waiting', ticket: number });
    expect(ticketOf(await room.enter(7))).toBeGreaterThan(6);
    await room.clock.advanceMs(heartbeatMs - 1);
    for (const number of [1, 2, 3, 4, 5, 6])
      expect(await room.poll(number)).toMatchObject({ status: 'waiting', ahead: number - 1 });
    await room.clock.advanceMs(1);
    expect(await room.poll(1)).toMatchObject({ status: 'admitted', ticket: 1 });
    expect(await drain(room, 2, 6)).toEqual([2, 3, 4, 5, 6]);
  });

  test('so does a receipt of a later line, where an earlier one has come back', async () => {
    const room = await openRoom(3);
    const earlier = await dumpRoom(room.performanceId);
    await direct.del(...roomKeys(room.performanceId));
    const { receipt } = await room.enter(4);
    const later = ticketOf(await room.enter(5));
    await restoreRoom(earlier);
    expect(await room.enter(4, receipt)).toMatchObject({ status: 'waiting', ticket: later - 1 });
    expect(ticketOf(await room.enter(6))).toBeGreaterThan(later);
  });

  test('without that proof the line goes on, and gives a ticket again', async () => {
    const room = await openRoomSetBack();
    expect(await room.enter(7)).toMatchObject({ ticket: 4 });
    // Nothing tells this receipt of a ticket that was given in the meantime from one that was used.
    expect(await room.return(4)).toMatchObject({ ticket: 5 });
  });
});

type Dump = readonly (readonly [key: string, bytes: Buffer])[];

async function dumpRoom(performanceId: PerformanceId): Promise<Dump> {
  const dump: [string, Buffer][] = [];
  for (const key of roomKeys(performanceId)) {
    const bytes = await direct.dumpBuffer(key);
    if (bytes !== null) dump.push([key, bytes]);
  }
  return dump;
}

async function restoreRoom(dump: Dump): Promise<void> {
  for (const [key, bytes] of dump) await direct.restore(key, 0, bytes, 'REPLACE');
}
