import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { sql } from 'kysely';
import type { PerformanceId, UserId } from '../ids.ts';
import { queueKeys } from '../redis/keys.ts';
import { testSeed } from '../testing/seed.ts';
import { enterQueue } from './enter-queue.ts';
import { leaveQueue } from './leave-queue.ts';
import type { Place } from './place.ts';
import { readPlace } from './read-place.ts';
import { readQueue } from './read-queue.ts';
import { openQueueServices, type QueueServices } from './testing/queue-services.ts';
import {
  createClockedPerformance,
  crowdOf,
  type RoomSettings,
  ticketOf,
  userNumbered,
} from './testing/test-room.ts';

let services: QueueServices;
beforeAll(async () => {
  services = await openQueueServices();
}, 60_000);
afterAll(() => services.close());

/** A line in a Redis that can be lost. */
async function openRoom(settings: Partial<RoomSettings>) {
  const { db, receiptKey } = services;
  const redis = services.connect();
  const { performanceId, clock } = await createClockedPerformance(db, redis, settings);
  const all = { redis, db, receiptKey };
  const enter = async (userId: UserId, receipt?: string): Promise<Place> => {
    const entry = { performanceId, userId, ...(receipt === undefined ? {} : { receipt }) };
    return (await enterQueue(all, entry)).place;
  };
  return {
    redis,
    performanceId,
    clock,
    enter,
    poll: (userId: UserId) => readPlace(all, { performanceId, userId }),
    leave: (userId: UserId) => leaveQueue(all, { performanceId, userId }),
    view: () => readQueue(all, performanceId),
    /** FLUSHDB takes what FLUSHALL would, and leaves other tests alone; the test's clock goes on. */
    lose: async () => {
      await redis.flushdb();
      await clock.show();
    },
  };
}

type Room = Awaited<ReturnType<typeof openRoom>>;

async function enterMany(room: Room, from: number, to: number): Promise<Map<UserId, Place>> {
  const places = new Map<UserId, Place>();
  for (let number = from; number <= to; number++) {
    const userId = userNumbered(number);
    places.set(userId, await room.enter(userId));
  }
  return places;
}

/** Fifty at a time. */
async function inTurns(people: readonly UserId[], call: (userId: UserId) => Promise<unknown>): Promise<void> {
  for (let from = 0; from < people.length; from += 50)
    await Promise.all(people.slice(from, from + 50).map(call));
}

/** Lets everybody in, one after the other, and says in which order. */
async function drain(room: Room, people: readonly UserId[]): Promise<UserId[]> {
  const order: UserId[] = [];
  for (let step = 0; step < people.length; step++) {
    const [next] = await room.redis.zrange(queueKeys(room.performanceId).admitted, '0', '-1');
    if (next === undefined) break;
    // The members of this key are the users.
    order.push(next as UserId);
    await room.clock.advanceMs(1_000);
    await room.leave(next as UserId);
  }
  return order;
}

async function readEpoch(performanceId: PerformanceId): Promise<number> {
  const row = await services.db
    .selectFrom('performances')
    .where('performance_id', '=', performanceId)
    .select('line_epoch')
    .executeTakeFirstOrThrow();
  return row.line_epoch;
}

describe('after the loss of Redis', () => {
  test('all who return in random order are admitted in the old one, and newcomers after them', async () => {
    const room = await openRoom({ capacity: 1, admitPerSecond: 1, heartbeatSeconds: 3_600, paused: false });
    const places = await enterMany(room, 1, 120);
    const people = [...places.keys()];
    await room.lose();
    const newcomers = await enterMany(room, 121, 130);

    const seed = testSeed('all who return');
    const [shuffled = []] = fc.sample(fc.shuffledSubarray(people, { minLength: people.length }), {
      seed,
      numRuns: 1,
    });
    for (const [index, userId] of shuffled.entries()) {
      // Every third comes back without the receipt first, and remembers it then.
      if (index % 3 === 0) await room.enter(userId);
      const place = await room.enter(userId, places.get(userId)?.receipt);
      expect(place).toMatchObject({ ticket: places.get(userId)?.ticket, status: 'waiting' });
    }
    expect(await room.view()).toMatchObject({ state: 'paused', nowServing: 0, waiting: 130, admitted: 0 });

    await room.clock.advanceMs(30_000);
    await room.view();
    const expected = [...people, ...newcomers.keys()];
    expect(await drain(room, expected)).toEqual(expected);
  });

  test('ten thousand return in random order, and go in in the old one', async () => {
    const many = 10_000;
    const settings = { capacity: many, admitPerSecond: 1_000, heartbeatSeconds: 3_600, paused: false };
    const room = await openRoom({ ...settings, opensInMs: 1_000 });
    const receipts = new Map<UserId, string>();
    const tickets = new Map<UserId, number>();
    const people = crowdOf(many);
    await inTurns(people, async (userId) => {
      const { receipt, ticket } = await room.enter(userId);
      receipts.set(userId, receipt);
      tickets.set(userId, ticket ?? 0);
    });
    const order = people.toSorted((a, b) => (tickets.get(a) ?? 0) - (tickets.get(b) ?? 0));
    await room.lose();

    const seed = testSeed('ten thousand who return');
    const [shuffled = []] = fc.sample(fc.shuffledSubarray(people, { minLength: many }), { seed, numRuns: 1 });
    // The first opens the line; the others have no use for Postgres, which would let nobody near a performance.
    await inTurns(shuffled.slice(0, 1), (userId) => room.enter(userId, receipts.get(userId)));
    await services.db.transaction().execute(async (tx) => {
      await sql`LOCK TABLE performances IN ACCESS EXCLUSIVE MODE`.execute(tx);
      await inTurns(shuffled.slice(1), (userId) => room.enter(userId, receipts.get(userId)));
    });
    expect(await readEpoch(room.performanceId)).toBe(2);
    expect(await room.view()).toMatchObject({ waiting: many, admitted: 0 });

    await room.clock.advanceMs(30_000);
    const { admittedTickets } = queueKeys(room.performanceId);
    for (let inside = 0; inside < many; ) {
      await room.view();
      const next = await room.redis.hlen(admittedTickets);
      expect(next).toBeGreaterThan(inside);
      // As many as are inside are the first of the old line, each with the old ticket: nobody else can be.
      const expected = order.slice(inside, next);
      const told = await room.redis.hmget(admittedTickets, ...expected);
      expect(told.map(Number)).toEqual(expected.map((userId) => tickets.get(userId)));
      inside = next;
      await room.clock.advanceMs(100);
    }
  }, 120_000);

  test('admission pauses for the heartbeat when that is shorter than 30 s, to the millisecond', async () => {
    const room = await openRoom({ heartbeatSeconds: 5 });
    const user = userNumbered(1);
    await room.enter(user);
    await room.lose();
    await room.enter(user);
    await room.clock.advanceMs(4_999);
    expect(await room.poll(user)).toMatchObject({ status: 'waiting' });
    await room.clock.advanceMs(1);
    expect(await room.poll(user)).toMatchObject({ status: 'admitted' });
  });

  test('whoever has no receipt gets a ticket above every one that was given', async () => {
    const room = await openRoom({ capacity: 1 });
    const before = await enterMany(room, 1, 20);
    await room.lose();
    const ticket = ticketOf(await room.enter(userNumbered(21)));
    expect(ticket).toBeGreaterThan(Math.max(...[...before.values()].map(ticketOf)));
    await room.lose();
    expect((await room.enter(userNumbered(22))).ticket).toBeGreaterThan(ticket);
    expect(await readEpoch(room.performanceId)).toBe(3);
  });

  test('a receipt of any earlier line is good, also the second time the line is lost', async () => {
    const room = await openRoom({ capacity: 1, heartbeatSeconds: 3_600 });
    const [first, second, third] = [userNumbered(1), userNumbered(2), userNumbered(3)] as const;
    const old = await enterMany(room, 1, 3);
    await room.lose();
    const newer = await room.enter(second, old.get(second)?.receipt);
    await room.lose();
    expect(await room.enter(third, old.get(third)?.receipt)).toMatchObject({ ticket: 3, ahead: 0 });
    expect(await room.enter(second, newer.receipt)).toMatchObject({ ticket: 2, ahead: 0 });
    expect(await room.enter(first, old.get(first)?.receipt)).toMatchObject({ ticket: 1, ahead: 0 });
  });
});

describe('a receipt restores nothing', () => {
  test('of the current line', async () => {
    const room = await openRoom({ paused: true });
    const [place] = (await enterMany(room, 1, 2)).values();
    await room.leave(userNumbered(1));
    expect(await room.enter(userNumbered(1), place?.receipt)).toMatchObject({ ticket: 3, ahead: 1 });
  });

  test('of another user or performance, or forged', async () => {
    const room = await openRoom({ paused: true });
    const elsewhere = await openRoom({ paused: true });
    const own = await room.enter(userNumbered(1));
    const foreign = await elsewhere.enter(userNumbered(2));
    await room.lose();
    await elsewhere.redis.flushdb();
    await room.clock.show();
    const base = ticketOf(await room.enter(userNumbered(3)));
    expect((await room.enter(userNumbered(2), own.receipt)).ticket).toBe(base + 1);
    expect((await room.enter(userNumbered(2), foreign.receipt)).ticket).toBe(base + 1);
    expect((await room.enter(userNumbered(4), `1.1.${'A'.repeat(43)}`)).ticket).toBe(base + 2);
    expect((await room.enter(userNumbered(1), own.receipt)).ticket).toBe(1);
  });

  test('after it was used, after leaving and after an admission', async () => {
    const room = await openRoom({ capacity: 1, heartbeatSeconds: 5, admitPerSecond: 10 });
    const old = await enterMany(room, 1, 3);
    const receiptOf = (number: number) => old.get(userNumbered(number))?.receipt;
    await room.lose();
    const base = 1_000;
    await room.enter(userNumbered(1), receiptOf(1));
    await room.leave(userNumbered(1));
    expect((await room.enter(userNumbered(1), receiptOf(1))).ticket).toBeGreaterThan(base);
    await room.leave(userNumbered(1));

    await room.leave(userNumbered(2));
    expect((await room.enter(userNumbered(2), receiptOf(2))).ticket).toBeGreaterThan(base);
    await room.leave(userNumbered(2));

    await room.clock.advanceMs(5_000);
    expect(await room.enter(userNumbered(3))).toMatchObject({ status: 'admitted' });
    const ticket = ticketOf(await room.enter(userNumbered(3), receiptOf(3)));
    expect(ticket).toBeGreaterThan(base);
    await room.leave(userNumbered(3));
    expect((await room.enter(userNumbered(3), receiptOf(3))).ticket).toBeGreaterThan(ticket);
  });
});
