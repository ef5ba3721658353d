import { createHmac, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { UserId } from '../ids.ts';
import { queueKeys } from '../redis/keys.ts';
import { enterQueue } from './enter-queue.ts';
import { leaveQueue } from './leave-queue.ts';
import type { Place } from './place.ts';
import { readDraw } from './read-draw.ts';
import { readPlace } from './read-place.ts';
import { readQueue } from './read-queue.ts';
import type { ScriptEdit } from './testing/edited-redis.ts';
import { openQueueServices, type QueueServices } from './testing/queue-services.ts';
import { createClockedPerformance, crowdOf, type RoomSettings, userNumbered } from './testing/test-room.ts';

let services: QueueServices;
beforeAll(async () => {
  services = await openQueueServices();
}, 60_000);
afterAll(() => services.close());

const opensInMs = 60_000;

/** The order as the contract writes it, with nothing of ours. */
function drawnOrder(seed: string, people: readonly UserId[]): UserId[] {
  const digestOf = (user: string) =>
    createHmac('sha256', Buffer.from(seed, 'hex')).update(user).digest('hex');
  return people.toSorted((a, b) => (digestOf(a) < digestOf(b) ? -1 : 1));
}

async function openRoom(settings: Partial<RoomSettings> = {}, edit?: ScriptEdit) {
  const { db, receiptKey } = services;
  const redis = services.connect(edit);
  const seed = randomBytes(32).toString('hex');
  const { performanceId, clock } = await createClockedPerformance(db, redis, {
    ...{ opensInMs, drawSeed: seed, heartbeatSeconds: 3_600 },
    ...settings,
  });
  const all = { redis, db, receiptKey };
  return {
    ...{ redis, seed, performanceId, clock },
    open: () => clock.advanceMs(opensInMs),
    enter: async (userId: UserId, receipt = ''): Promise<Place> =>
      (await enterQueue(all, { performanceId, userId, receipt })).place,
    poll: (userId: UserId) => readPlace(all, { performanceId, userId }),
    leave: (userId: UserId) => leaveQueue(all, { performanceId, userId }),
    view: () => readQueue(all, performanceId),
    draw: (after = 0, limit = 200) => readDraw(all, performanceId, { after, limit }),
    lose: async () => {
      await redis.flushdb();
      await clock.show();
    },
  };
}

type Room = Awaited<ReturnType<typeof openRoom>>;

async function enterAll(room: Room, people: readonly UserId[]): Promise<Map<UserId, string>> {
  const receipts = new Map<UserId, string>();
  for (const user of people) receipts.set(user, (await room.enter(user)).receipt);
  return receipts;
}

/** Lets everybody in, one after the other, and says in which order with which tickets. */
async function drain(room: Room, count: number): Promise<{ users: string[]; tickets: number[] }> {
  const order = { users: [] as string[], tickets: [] as number[] };
  const { admittedTickets } = queueKeys(room.performanceId);
  for (let step = 0; step < count; step++) {
    await room.view();
    const [[user, ticket] = []] = Object.entries(await room.redis.hgetall(admittedTickets));
    if (user === undefined) break;
    order.users.push(user);
    order.tickets.push(Number(ticket));
    await room.clock.advanceMs(1_000);
    await room.leave(user as UserId);
  }
  return order;
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

/** Enough people that neither chance nor the order of arrival gives the right order. */
const people = crowdOf(150);

describe('before the opening', () => {
  test('a place has no ticket, and entering again, polling and leaving are as ever', async () => {
    const room = await openRoom();
    const user = userNumbered(1);
    const none = { status: 'scheduled', ticket: null, ahead: null, estimatedWaitSeconds: null };
    const place = await room.enter(user);
    expect(place).toMatchObject({
      ...none,
      receipt: expect.any(String),
      pollAfterSeconds: expect.any(Number),
    });
    expect(await room.enter(user)).toEqual(place);
    expect(await room.poll(user)).toEqual(place);
    expect(await room.view()).toMatchObject({ state: 'scheduled', waiting: 1, admitted: 0, nowServing: 0 });
    await room.leave(user);
    await expect(room.poll(user)).rejects.toMatchObject({ slug: 'not-in-queue' });
    expect(await room.view()).toMatchObject({ waiting: 0 });
  });

  test('there is no list, and the seed is nowhere in Redis', async () => {
    const room = await openRoom();
    await enterAll(room, crowdOf(5));
    await expect(room.draw()).rejects.toMatchObject({ slug: 'not-found' });
    const keys = await room.redis.keys('*');
    const contents = await Promise.all(keys.map((key) => room.redis.dumpBuffer(key)));
    const seed = Buffer.from(room.seed, 'hex');
    expect(contents.some((dump) => dump?.includes(seed) || dump?.includes(room.seed))).toBe(false);
    await room.clock.advanceMs(opensInMs - 1);
    await expect(room.draw()).rejects.toMatchObject({ slug: 'not-found' });
    await room.clock.advanceMs(1);
    expect((await room.draw()).items).toHaveLength(5);
  });
});

async function drawAndDrain(edit?: ScriptEdit) {
  const room = await openRoom({ capacity: 1, admitPerSecond: 1 }, edit);
  await enterAll(room, people);
  await room.open();
  const latecomers = [201, 202, 203].map(userNumbered);
  await enterAll(room, latecomers);
  return { expected: [...drawnOrder(room.seed, people), ...latecomers], drained: await drain(room, 153) };
}

describe('at the opening', () => {
  test('all are admitted by lot with tickets 1, 2, 3 …, and who came later after them by arrival', async () => {
    const { expected, drained } = await drawAndDrain();
    expect(drained).toEqual({ users: expected, tickets: upTo(153) });
  });

  test('which is not so when lots are given by arrival', async () => {
    const byArrival: ScriptEdit = (source) =>
      source.replace("'ZADD', lots, lot, user)", "'ZADD', lots, lot, user)\nlot = nowUs * 1e-300");
    const { expected, drained } = await drawAndDrain(byArrival);
    expect(drained.users).not.toEqual(expected);
  });

  test('each is told the own ticket and those in front, and the list says the same', async () => {
    const room = await openRoom({ paused: true });
    await enterAll(room, people);
    await room.open();
    const order = drawnOrder(room.seed, people);
    for (const index of [0, 1, 74, 149]) {
      const place = await room.poll(order[index] as UserId);
      expect(place).toMatchObject({ status: 'waiting', ticket: index + 1, ahead: index });
    }
    const first = await room.draw(0, 100);
    expect(first.nextCursor).not.toBeNull();
    const second = await room.draw(100, 100);
    expect(second.nextCursor).toBeNull();
    const digests = order.map((user) =>
      createHmac('sha256', Buffer.from(room.seed, 'hex')).update(user).digest('hex'),
    );
    expect([...first.items, ...second.items]).toEqual(
      digests.map((digest, index) => ({ digest, ticket: index + 1 })),
    );
    expect(await room.draw(150, 10)).toEqual({ items: [], nextCursor: null });
  });

  test('the draw stays as it was, whoever leaves or comes', async () => {
    const room = await openRoom({ paused: true });
    await enterAll(room, crowdOf(20));
    const [gone, ...left] = drawnOrder(room.seed, crowdOf(20));
    await room.open();
    const before = await room.draw();
    await room.leave(gone as UserId);
    const [next = gone as UserId] = left;
    expect(await room.poll(next)).toMatchObject({ ticket: 2, ahead: 0 });
    expect(await room.enter(gone as UserId)).toMatchObject({ ticket: 21, ahead: 19 });
    expect(await room.draw()).toEqual(before);
  });

  test('who left before it takes no part', async () => {
    const room = await openRoom({ paused: true });
    const all = crowdOf(10);
    await enterAll(room, all);
    const [gone, ...rest] = drawnOrder(room.seed, all);
    await room.leave(gone as UserId);
    await room.open();
    expect((await room.draw()).items).toHaveLength(9);
    expect(await room.poll(rest[0] as UserId)).toMatchObject({ ticket: 1, ahead: 0 });
    expect(await room.enter(gone as UserId)).toMatchObject({ ticket: 10, ahead: 9 });
  });

  test('without a draw there is no list', async () => {
    const room = await openRoom({ drawSeed: null, opensInMs: 0 });
    await room.enter(userNumbered(1));
    await expect(room.draw()).rejects.toMatchObject({ slug: 'not-found' });
  });

  test('the lots end with the other keys', async () => {
    const room = await openRoom();
    await enterAll(room, crowdOf(3));
    const { lots, line, room: settings } = queueKeys(room.performanceId);
    const ends = await Promise.all([lots, line, settings].map((key) => room.redis.pexpiretime(key)));
    expect(new Set(ends).size).toBe(1);
    expect(ends[0]).toBeGreaterThan(Date.now());
  });
});

describe('when Redis is lost', () => {
  test('before the opening, whoever enters again by then has the same lot, receipt or not', async () => {
    const room = await openRoom({ capacity: 1, admitPerSecond: 1 });
    const receipts = await enterAll(room, people);
    await room.lose();
    for (const [index, user] of people.toReversed().entries())
      await room.enter(user, index % 2 === 0 ? receipts.get(user) : '');
    await room.open();
    const { users, tickets } = await drain(room, people.length);
    expect(users).toEqual(drawnOrder(room.seed, people));
    expect(tickets).toEqual(upTo(people.length));
  });

  test('after it, tickets come back as they were', async () => {
    const room = await openRoom({ paused: true });
    await enterAll(room, crowdOf(30));
    await room.open();
    const places = new Map<UserId, Place>();
    for (const user of crowdOf(30)) places.set(user, await room.poll(user));
    await room.lose();
    await room.enter(userNumbered(31));
    for (const [user, { ticket, receipt }] of places)
      expect(await room.enter(user, receipt)).toMatchObject({ ticket });
    const [first] = drawnOrder(room.seed, crowdOf(30));
    expect(await room.poll(first as UserId)).toMatchObject({ ticket: 1, ahead: 0 });
  });

  test('who had no ticket yet and comes back after the opening is behind the tickets and before newcomers', async () => {
    const room = await openRoom({ paused: true });
    const [early, late, newcomer] = [1, 2, 3].map(userNumbered) as [UserId, UserId, UserId];
    const receipts = await enterAll(room, [early, late]);
    await room.open();
    const { receipt } = await room.poll(early);
    await room.lose();
    await room.enter(newcomer);
    expect(await room.enter(late, receipts.get(late))).toMatchObject({ ahead: 0 });
    expect(await room.enter(early, receipt)).toMatchObject({ ahead: 0 });
    expect(await room.poll(late)).toMatchObject({ ahead: 1 });
    expect(await room.poll(newcomer)).toMatchObject({ ahead: 2 });
  });
});
