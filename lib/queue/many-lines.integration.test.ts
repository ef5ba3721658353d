import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { UserId } from '../ids.ts';
import { queueKeys } from '../redis/keys.ts';
import { enterQueue } from './enter-queue.ts';
import { leaveQueue } from './leave-queue.ts';
import { readQueue } from './read-queue.ts';
import { roomKeys } from './room-script.ts';
import { openQueueServices, type QueueServices } from './testing/queue-services.ts';
import { createClockedPerformance, crowdOf, ticketOf } from './testing/test-room.ts';

const lineCount = 20;
const people = crowdOf(30);

let services: QueueServices;
beforeAll(async () => {
  services = await openQueueServices();
}, 60_000);
afterAll(() => services.close());

async function openRoom() {
  const redis = services.connect();
  const { performanceId, clock } = await createClockedPerformance(services.db, redis, {
    ...{ capacity: 1, admitPerSecond: 1, heartbeatSeconds: 3_600, admissionSeconds: 3_600 },
  });
  const all = { ...services, redis };
  const ofUser = (userId: UserId) => ({ performanceId, userId });
  return {
    ...{ redis, performanceId, clock },
    enter: async (userId: UserId) => ticketOf((await enterQueue(all, ofUser(userId))).place),
    leave: (userId: UserId) => leaveQueue(all, ofUser(userId)),
    view: () => readQueue(all, performanceId),
  };
}

type Room = Awaited<ReturnType<typeof openRoom>>;

/** Lets everybody in, one after the other, and says in the order of which tickets. */
async function drain({ redis, performanceId, clock, leave, view }: Room): Promise<number[]> {
  const { admittedTickets } = queueKeys(performanceId);
  const order: number[] = [];
  for (let step = 0; step < people.length; step++) {
    await view();
    for (const [userId, ticket] of Object.entries(await redis.hgetall(admittedTickets))) {
      order.push(Number(ticket));
      await clock.advanceMs(1_000);
      // The fields of this hash are the users.
      await leave(userId as UserId);
    }
  }
  return order;
}

test(`${lineCount} lines at once have nothing to do with each other: each counts, admits and is lost for itself`, async () => {
  const rooms = await Promise.all(Array.from({ length: lineCount }, openRoom));
  const tickets = await Promise.all(
    rooms.map((room, index) =>
      // The same people in every line, each line in another order.
      Promise.all([...people.slice(index), ...people.slice(0, index)].map((userId) => room.enter(userId))),
    ),
  );
  const inOrder = people.map((_, index) => index + 1);
  for (const given of tickets) expect(given.toSorted((a, b) => a - b)).toEqual(inOrder);

  const [lost, ...others] = rooms;
  if (lost === undefined) throw new Error('there are many rooms');
  await lost.redis.del(...roomKeys(lost.performanceId));
  expect(await lost.view()).toMatchObject({ state: 'paused', waiting: 0, admitted: 0 });
  const drained = await Promise.all(others.map(drain));
  for (const order of drained) expect(order).toEqual(inOrder);
  expect(await lost.view()).toMatchObject({ waiting: 0, admitted: 0 });
}, 120_000);
