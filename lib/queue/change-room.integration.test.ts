import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { answerWithin } from '../deadline.ts';
import type { PerformanceId } from '../ids.ts';
import { queueKeys } from '../redis/keys.ts';
import { failureOf } from '../testing/race.ts';
import { changeRoom, type RoomChange } from './change-room.ts';
import { enterQueue } from './enter-queue.ts';
import { inspectLine } from './inspect-line.ts';
import { leaveQueue } from './leave-queue.ts';
import { planLine } from './line-plan.ts';
import { prepareLine } from './prepare-line.ts';
import { readPlace } from './read-place.ts';
import { readQueue } from './read-queue.ts';
import { readRoomNumber } from './room-numbers.ts';
import type { ScriptEdit } from './testing/edited-redis.ts';
import { openQueueServices, type QueueServices } from './testing/queue-services.ts';
import { createClockedPerformance, type RoomSettings, userNumbered } from './testing/test-room.ts';
import { writeRoomNumber } from './testing/write-room-number.ts';

let services: QueueServices;
beforeAll(async () => {
  services = await openQueueServices();
}, 60_000);
afterAll(() => services.close());

async function openRoom(settings: Partial<RoomSettings>, people: number, edit?: ScriptEdit) {
  const { db, receiptKey } = services;
  const redis = services.connect(edit);
  const { performanceId, clock } = await createClockedPerformance(db, redis, {
    ...{ heartbeatSeconds: 3_600, admissionSeconds: 3_600 },
    ...settings,
  });
  const all = { redis, db, receiptKey };
  const owner = (number: number) => ({ performanceId, userId: userNumbered(number) });
  const room = {
    ...{ db, redis, performanceId, clock },
    enter: async (number: number) => (await enterQueue(all, owner(number))).place,
    poll: (number: number) => readPlace(all, owner(number)),
    leave: (number: number) => leaveQueue(all, owner(number)),
    view: () => readQueue(all, performanceId),
    inspect: () => inspectLine(all, performanceId),
    change: (changes: RoomChange) => changeRoom(all, performanceId, changes),
    /** How many are inside, when everybody has polled over several connections at once. */
    inside: async () => {
      const clients = Array.from({ length: 4 }, () => services.connect(edit));
      const polls = Array.from({ length: 40 }, (_, n) =>
        readPlace({ ...all, redis: clients[n % 4] ?? redis }, owner((n % people) + 1)),
      );
      await Promise.allSettled(polls);
      return redis.zcard(queueKeys(performanceId).admitted);
    },
  };
  for (let number = 1; number <= people; number++) await room.enter(number);
  return room;
}

describe('a changed rate', () => {
  /** From 4 a second to 40 and to 1, each for half a second; then the tenth of a second that is left of a token. */
  async function drain(edit?: ScriptEdit): Promise<number[]> {
    const room = await openRoom({ capacity: 1_000, admitPerSecond: 4 }, 60, edit);
    const inside: number[] = [];
    for (const admitPerSecond of [4, 40, 1, 1]) {
      await room.change({ admitPerSecond });
      await room.clock.advanceMs(500);
      inside.push(await room.inside());
    }
    return inside;
  }

  test('is exact from the change on, however many scripts race', async () => {
    expect(await drain()).toEqual([6, 26, 26, 27]);
  });

  test('which is not so when it counts for the time before, or the bucket is filled', async () => {
    const all = 'elapsedUs * oldPerSecond, 1000000 * math.min(oldPerSecond, admitPerSecond)';
    const changed = await drain((source) => source.replace(all, 'elapsedUs * 0, 1000000'));
    const filled = await drain((source) =>
      source.replace(`microTokens + ${all}`, '1000000 * admitPerSecond'),
    );
    expect([changed, filled]).not.toContainEqual([6, 26, 26, 27]);
    expect(filled[1]).toBeGreaterThan(26);
  });

  test('takes with it what was earned before: half a token and half a token are one', async () => {
    const room = await openRoom({ capacity: 10, admitPerSecond: 1 }, 3);
    await room.clock.advanceMs(500);
    await room.change({ admitPerSecond: 5 });
    expect(await room.inside()).toBe(1);
    await room.clock.advanceMs(100);
    expect(await room.inside()).toBe(2);
  });
});

describe('a changed capacity', () => {
  test('below those inside throws nobody out and lets nobody in until enough have gone', async () => {
    const room = await openRoom({ capacity: 5, admitPerSecond: 100 }, 9);
    await room.change({ capacity: 2 });
    for (const [leaver, inside] of [
      [undefined, 5],
      [1, 4],
      [2, 3],
      [3, 2],
      [4, 2],
    ] as const) {
      if (leaver !== undefined) await room.leave(leaver);
      await room.clock.advanceMs(1_000);
      expect([leaver, await room.inside()]).toEqual([leaver, inside]);
    }
    expect(await room.poll(6)).toMatchObject({ status: 'admitted', ticket: 6 });
    expect(await room.poll(7)).toMatchObject({ status: 'waiting', ahead: 0 });
  });

  test('above admits on the next admission, in order', async () => {
    const room = await openRoom({ capacity: 1, admitPerSecond: 100 }, 5);
    await room.change({ capacity: 3 });
    expect(await room.view()).toMatchObject({ capacity: 3, admitted: 3, nowServing: 3, waiting: 2 });
  });
});

describe('a pause', () => {
  test('admits nobody, keeps every place, and ends in the old order', async () => {
    const room = await openRoom({ capacity: 2, admitPerSecond: 10 }, 6);
    expect(await room.change({ paused: true })).toEqual({
      ...{ capacity: 2, admitPerSecond: 10, admissionSeconds: 3_600, heartbeatSeconds: 3_600 },
      ...{ draw: false, paused: true },
    });
    await room.leave(1);
    await room.clock.advanceMs(60_000);
    expect(await room.view()).toMatchObject({ state: 'paused', waiting: 4, admitted: 1, nowServing: 2 });
    expect(await room.poll(4)).toMatchObject({ status: 'waiting', ticket: 4, ahead: 1 });
    expect(await room.enter(7)).toMatchObject({ ticket: 7, ahead: 4 });
    await room.change({ paused: false });
    expect(await room.poll(3)).toMatchObject({ status: 'admitted', ticket: 3 });
    expect(await room.view()).toMatchObject({ state: 'open', admitted: 2, nowServing: 3 });
  });
});

describe('changed settings', () => {
  test('are those of the next line, and of one that is written and not opened yet', async () => {
    const room = await openRoom({ capacity: 1 }, 1);
    await room.redis.flushdb();
    await room.clock.show();
    expect(await room.change({ capacity: 3 })).toMatchObject({ capacity: 3 });
    expect(await room.view()).toMatchObject({ capacity: 3 });

    const { db, redis, performanceId } = room;
    await redis.flushdb();
    await room.clock.show();
    // An opener that stops between its COMMIT and the opening.
    await db.transaction().execute(async (trx) => {
      const plan = await planLine(trx, performanceId);
      if (plan) await prepareLine(redis, performanceId, plan);
      await trx
        .updateTable('performances')
        .set({ line_epoch: (plan?.committedEpoch ?? 0) + 1 })
        .where('performance_id', '=', performanceId)
        .execute();
    });
    await room.change({ capacity: 7 });
    expect(await room.view()).toMatchObject({ capacity: 7 });
  });

  test('of no performance are not found', async () => {
    const { db } = services;
    const redis = services.connect();
    const nobody = 'performance-of-nobody' as PerformanceId;
    await expect(changeRoom({ db, redis }, nobody, { paused: true })).rejects.toMatchObject({
      slug: 'not-found',
    });
  });

  test('are not changed at all without Redis', async () => {
    const room = await openRoom({ capacity: 1 }, 1);
    room.redis.disconnect();
    await expect(room.change({ capacity: 2 })).rejects.toMatchObject({ dependency: 'redis' });
    expect(await readRow(room.performanceId)).toMatchObject({ capacity: 1 });
  });
});

const readRow = (performanceId: PerformanceId) =>
  services.db
    .selectFrom('performances')
    .select(['capacity', 'admit_per_second'])
    .where('performance_id', '=', performanceId)
    .executeTakeFirstOrThrow();

type Room = Awaited<ReturnType<typeof openRoom>>;

/** Twelve changes at once; whether row and room say the same in the end. */
async function changeAtOnce(change: (room: Room, capacity: number) => Promise<unknown>): Promise<boolean> {
  const room = await openRoom({ capacity: 1 }, 1);
  await Promise.all(Array.from({ length: 12 }, (_, n) => change(room, n + 2)));
  const row = await readRow(room.performanceId);
  const kept = await readRoomNumber(room.redis, room.performanceId, 'capacity');
  return kept === row.capacity;
}

describe('changes at once', () => {
  test('end with the same settings in Postgres and in Redis', async () => {
    for (let round = 0; round < 5; round++)
      expect(await changeAtOnce((room, capacity) => room.change({ capacity }))).toBe(true);
  });

  test('which they would not if Redis were told after the COMMIT', async () => {
    const tellLater = async ({ db, redis, performanceId }: Room, capacity: number) => {
      await db
        .updateTable('performances')
        .set({ capacity })
        .where('performance_id', '=', performanceId)
        .execute();
      await sleep(capacity % 2 === 0 ? 40 : 1);
      await writeRoomNumber(redis, performanceId, 'capacity', capacity);
    };
    const agreed = new Set<boolean>();
    for (let round = 0; round < 20 && !agreed.has(false); round++) agreed.add(await changeAtOnce(tellLater));
    expect(agreed).toContain(false);
  });
});

test('a change whose row is waited for until its answer is nearly due changes neither row nor room', async () => {
  const room = await openRoom({ capacity: 1 }, 1);
  const change = await services.db.transaction().execute(async (tx) => {
    await sql`SELECT FROM performances WHERE performance_id = ${room.performanceId} FOR UPDATE`.execute(tx);
    const changing = failureOf(answerWithin(2_700, () => room.change({ capacity: 9 })));
    await sleep(1_100);
    return { changing };
  });
  expect(await change.changing).toMatchObject({ name: 'DependencyError', dependency: 'postgres' });
  expect(await readRow(room.performanceId)).toMatchObject({ capacity: 1 });
  expect(await readRoomNumber(room.redis, room.performanceId, 'capacity')).toBe(1);
});

describe('an operator', () => {
  test('sees the length, the rate, the admitted and who has waited longest', async () => {
    const room = await openRoom({ capacity: 1, admitPerSecond: 7, heartbeatSeconds: 30 }, 3);
    await room.clock.advanceMs(4_000);
    expect(await room.inspect()).toEqual({
      ...{ state: 'open', nowServing: 1, waiting: 2, admitted: 1, capacity: 1, admitPerSecond: 7 },
      first: { ticket: 2, leftMs: 26_000 },
    });
    await room.leave(2);
    await room.leave(3);
    expect(await room.inspect()).toMatchObject({ waiting: 0, first: undefined });
  });
});
