import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { PerformanceId } from '../ids.ts';
import { queueKeys } from '../redis/keys.ts';
import { enterQueue } from './enter-queue.ts';
import { planLine } from './line-plan.ts';
import { openLine } from './open-line.ts';
import { prepareLine } from './prepare-line.ts';
import { readRoomNumber } from './room-numbers.ts';
import { sweepQueue } from './sweep-queue.ts';
import { openQueueServices, type QueueServices } from './testing/queue-services.ts';
import { createClockedPerformance, userNumbered } from './testing/test-room.ts';

let services: QueueServices;
beforeAll(async () => {
  services = await openQueueServices();
}, 60_000);
afterAll(() => services.close());

async function readEpoch(performanceId: PerformanceId): Promise<number> {
  const row = await services.db
    .selectFrom('performances')
    .where('performance_id', '=', performanceId)
    .select('line_epoch')
    .executeTakeFirstOrThrow();
  return row.line_epoch;
}

async function createRoom() {
  const { db, receiptKey } = services;
  const redis = services.connect();
  const { performanceId, clock } = await createClockedPerformance(db, redis, { capacity: 1 });
  const keys = queueKeys(performanceId);
  const enter = (number: number, receipt = '') =>
    enterQueue({ redis, db, receiptKey }, { performanceId, userId: userNumbered(number), receipt });
  return { db, redis, performanceId, clock, keys, enter };
}

/** An opener that dies before its COMMIT is known: the room is written, the epoch rolled back. */
async function dieBeforeCommit({ db, redis, performanceId }: Awaited<ReturnType<typeof createRoom>>) {
  const dead = db.transaction().execute(async (trx) => {
    const plan = await planLine(trx, performanceId);
    if (plan) await prepareLine(redis, performanceId, plan);
    throw new Error('died before COMMIT');
  });
  await expect(dead).rejects.toThrow('died before COMMIT');
}

/** An opener that dies after its COMMIT and before it opens the room. */
async function dieAfterCommit({ db, redis, performanceId }: Awaited<ReturnType<typeof createRoom>>) {
  await db.transaction().execute(async (trx) => {
    const plan = await planLine(trx, performanceId);
    if (plan) await prepareLine(redis, performanceId, plan);
    await trx
      .updateTable('performances')
      .set({ line_epoch: 1 })
      .where('performance_id', '=', performanceId)
      .execute();
  });
}

describe('opening the line', () => {
  test('many at once, from several connections, is one opening', async () => {
    const { db, redis, performanceId, keys } = await createRoom();
    const openers = Array.from({ length: 6 }, () => services.connect());
    await Promise.all(openers.map((each) => openLine({ redis: each, db }, performanceId)));
    expect(await readEpoch(performanceId)).toBe(1);
    expect(await redis.hget(keys.room, 'lastTicket')).toBe('0');
    expect(await readRoomNumber(redis, performanceId, 'open')).toBe(1);
    expect(await readRoomNumber(redis, performanceId, 'epoch')).toBe(1);
  });

  test('again does nothing', async () => {
    const { db, redis, performanceId, keys, enter } = await createRoom();
    await enter(1);
    const before = await redis.hgetall(keys.room);
    await openLine({ redis, db }, performanceId);
    expect(await redis.hgetall(keys.room)).toEqual(before);
    expect(await readEpoch(performanceId)).toBe(1);
  });

  test('a room whose epoch was not committed takes nobody in, and the next opener writes it anew', async () => {
    const room = await createRoom();
    await dieBeforeCommit(room);
    expect(await readRoomNumber(room.redis, room.performanceId, 'epoch')).toBe(1);
    expect(await sweepQueue(room.redis, room.performanceId)).toMatchObject({ admissions: 0 });
    expect((await room.enter(1)).place).toMatchObject({ ticket: 1, status: 'admitted' });
    expect(await readEpoch(room.performanceId)).toBe(1);
  });

  test('a room that was committed is opened as it is: the first line is not taken for a lost one', async () => {
    const room = await createRoom();
    await dieAfterCommit(room);
    expect((await room.enter(1)).place).toMatchObject({ ticket: 1, status: 'admitted' });
    expect(await readEpoch(room.performanceId)).toBe(1);
  });

  test('finds no room for a performance that does not exist', async () => {
    const { db, redis } = await createRoom();
    const performanceId = 'performance-of-nobody' as PerformanceId;
    await expect(openLine({ redis, db }, performanceId)).rejects.toMatchObject({ slug: 'not-found' });
  });

  test('waits for no hold on the performance', async () => {
    const { db, redis, performanceId } = await createRoom();
    await db.transaction().execute(async (trx) => {
      await trx
        .selectFrom('performances')
        .where('performance_id', '=', performanceId)
        .forKeyShare()
        .execute();
      await openLine({ redis, db }, performanceId);
    });
    expect(await readEpoch(performanceId)).toBe(1);
  });
});

describe('the keys of a finished performance', () => {
  test('all end a day after its start, also those that were empty in between', async () => {
    const { db, redis, performanceId, clock, keys, enter } = await createRoom();
    const { starts_at } = await db
      .selectFrom('performances')
      .where('performance_id', '=', performanceId)
      .select('starts_at')
      .executeTakeFirstOrThrow();
    const { place } = await enter(1);
    await redis.flushdb();
    await clock.show();
    await enter(1, place.receipt);
    await clock.advanceMs(30_000);
    // The one who came back is lost by now, and the line was empty; the next two fill all keys again.
    await enter(2);
    await enter(3);
    const { lots: _, ...born } = keys;
    const ends = await Promise.all(Object.values(born).map((key) => redis.pexpiretime(key)));
    expect(ends).toEqual(Object.values(born).map(() => starts_at.getTime() + 86_400_000));
  });
});
