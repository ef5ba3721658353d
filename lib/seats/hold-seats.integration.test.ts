import { beforeEach, describe, expect, test } from '@jest/globals';
import type { UserId } from '../ids.ts';
import type { Lock } from '../lock/lock.ts';
import type { Hall } from '../performances/hall.ts';
import { leaveQueue } from '../queue/leave-queue.ts';
import { payHold } from '../reservations/pay-hold.ts';
import { editSql } from '../testing/edit-sql.ts';
import { absentLock, brokenLock } from '../testing/locks.ts';
import { admitUser, giveHold, givePoints, newKey, newUser, openHall, seatsOf } from '../testing/people.ts';
import { failureOf, refusalOf } from '../testing/race.ts';
import { useScene } from '../testing/scene.ts';
import { findHold } from './find-hold.ts';
import { holdSeats } from './hold-seats.ts';

const scene = useScene();
let hall: Hall;
let user: UserId;

beforeEach(async () => {
  hall = await openHall(scene);
  user = await admitUser(scene, hall);
});

const ask = (by: UserId, places: readonly string[], seatLock: Lock = scene.seatLock) =>
  holdSeats({ ...scene, seatLock }, { hall, userId: by, seatIds: seatsOf(hall, ...places) });
const slugFor = async (by: UserId, ...places: string[]) => (await refusalOf(ask(by, places))).slug;
const lockedSeats = async (...places: string[]) => {
  const keys = seatsOf(hall, ...places).map((seat) => `{${hall.performanceId}}:seat:${seat}`);
  return scene.redis.exists(...keys);
};

describe('a hold', () => {
  test('gives the seats for the hall’s time', async () => {
    const { hold, created } = await ask(user, ['A-2', 'A-1']);
    expect(created).toBe(true);
    expect(hold).toEqual({
      holdId: expect.any(String),
      seatIds: seatsOf(hall, 'A-2', 'A-1'),
      amount: 200,
      expiresAt: expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/),
      fence: expect.any(Number),
    });
    const leftMs = Date.parse(hold.expiresAt) - Date.now();
    expect(leftMs).toBeGreaterThan(hall.holdSeconds * 1_000 - 3_000);
    expect(leftMs).toBeLessThanOrEqual(hall.holdSeconds * 1_000 + 1_000);
    expect(await findHold(scene.db, user, hold.holdId)).toEqual({ ...hold, status: 'held' });
    expect(await lockedSeats('A-1', 'A-2')).toBe(2);
  });

  test('is nobody else’s to read', async () => {
    const hold = await giveHold(scene, hall, user, 'A-1');
    expect((await refusalOf(findHold(scene.db, newUser(), hold.holdId))).slug).toBe('not-found');
  });

  test('writes an event a seat, version 1 the first time', async () => {
    const hold = await giveHold(scene, hall, user, 'A-1', 'B-5');
    const rows = await scene.db
      .selectFrom('outbox')
      .select('payload')
      .where('key', 'in', hold.seatIds)
      .execute();
    const events = rows.map(({ payload }) => JSON.parse(payload) as { type: string; data: object });
    expect(events).toHaveLength(2);
    for (const { type, data } of events) {
      expect(type).toBe('seat.held');
      expect(data).toMatchObject({ userId: user, version: 1, holdId: hold.holdId });
    }
  });

  test('has a higher fence than the last of its seat', async () => {
    const first = await giveHold(scene, hall, user, 'A-1');
    const second = await giveHold(scene, hall, user, 'A-2');
    expect(second.fence).toBeGreaterThan(first.fence);
  });

  test('is had by who asks for exactly its seats again, in any order', async () => {
    const hold = await giveHold(scene, hall, user, 'A-1', 'A-2');
    expect(await ask(user, ['A-1', 'A-2'])).toEqual({ hold, created: false });
    expect(await ask(user, ['A-2', 'A-1'])).toEqual({ hold, created: false });
  });

  test('is had again also when Redis has lost its locks, and even when the limit is used up', async () => {
    const hold = await giveHold(scene, hall, user, 'A-1', 'A-2');
    await giveHold(scene, hall, user, 'B-1', 'B-2');
    await scene.redis.del(hold.seatIds.map((seat) => `{${hall.performanceId}}:seat:${seat}`));
    expect(await ask(user, ['A-1', 'A-2'])).toEqual({ hold, created: false });
  });
});

describe('no hold', () => {
  test('for who is not admitted', async () => {
    expect(await slugFor(newUser(), 'A-1')).toBe('not-admitted');
    await leaveQueue(scene, { performanceId: hall.performanceId, userId: user });
    expect(await slugFor(user, 'A-1')).toBe('not-admitted');
  });

  test('of a seat that is taken; the others stay free', async () => {
    await giveHold(scene, hall, user, 'A-2', 'B-1');
    const other = await admitUser(scene, hall);
    const refusal = await refusalOf(ask(other, ['A-1', 'A-2', 'A-3', 'B-1']));
    expect(refusal.slug).toBe('seat-unavailable');
    expect(refusal.members['seatIds']).toEqual(seatsOf(hall, 'A-2', 'B-1'));
    expect(await lockedSeats('A-1', 'A-3')).toBe(0);
    await giveHold(scene, hall, other, 'A-1', 'A-3');
  });

  test('of another choice that touches an own held seat', async () => {
    await giveHold(scene, hall, user, 'A-1', 'A-2');
    for (const places of [['A-1'], ['A-1', 'A-3'], ['A-3', 'A-2']]) {
      const refusal = await refusalOf(ask(user, places));
      expect(refusal.slug).toBe('seat-unavailable');
    }
  });

  test('of a seat that is sold', async () => {
    await givePoints(scene, user, 1_000);
    const { holdId } = await giveHold(scene, hall, user, 'A-1');
    await payHold(scene, { userId: user, holdId, idempotencyKey: newKey(), requestId: 'r' });
    await scene.redis.del(`{${hall.performanceId}}:seat:${hall.performanceId}:A-1`);
    const other = await admitUser(scene, hall);
    const refusal = await refusalOf(ask(other, ['A-1', 'A-2']));
    expect([refusal.slug, refusal.members['seatIds']]).toEqual(['seat-unavailable', seatsOf(hall, 'A-1')]);
    expect(await lockedSeats('A-1', 'A-2')).toBe(0);
  });

  test('above the limit, over live holds and reservations together, which is looked at before the seats', async () => {
    await givePoints(scene, user, 1_000);
    const { holdId } = await giveHold(scene, hall, user, 'A-1', 'A-2');
    await payHold(scene, { userId: user, holdId, idempotencyKey: newKey(), requestId: 'r' });
    const again = await admitUser(scene, hall);
    await giveHold(scene, hall, again, 'B-1', 'B-2', 'B-3', 'B-4');
    expect(await slugFor(again, 'B-5')).toBe('seat-limit');
    // Both reasons are true: a seat that is taken, and one too many.
    expect(await slugFor(again, 'A-1')).toBe('seat-limit');
    expect(await slugFor(again, 'A-1', 'A-2', 'A-3', 'A-4', 'A-5')).toBe('seat-limit');
    expect(await lockedSeats('B-5', 'A-3')).toBe(0);
  });

  describe('under a fence that is not above what the seat has seen', () => {
    const askUnder = (fence: number, db = scene.db) =>
      holdSeats(
        { ...scene, db, seatLock: brokenLock(() => fence) },
        { hall, userId: user, seatIds: seatsOf(hall, 'A-1') },
      );
    let seen: number;
    beforeEach(async () => {
      const { holdId, fence } = await giveHold(scene, hall, user, 'A-1');
      seen = fence;
      await scene.db.transaction().execute(async (tx) => {
        const free = { status: 'available', hold_id: null, held_until: null } as const;
        await tx.updateTable('seats').set(free).where('hold_id', '=', holdId).execute();
        const ended = { status: 'released', ended_at: new Date() } as const;
        await tx.updateTable('holds').set(ended).where('hold_id', '=', holdId).execute();
      });
    });

    test('by the comparison in SQL', async () => {
      for (const late of [seen, seen - 1]) expect((await refusalOf(askUnder(late))).slug).toBe('unavailable');
      expect((await askUnder(seen + 1)).created).toBe(true);
    });

    test('and by nothing else: without it the seat is given', async () => {
      const unfenced = editSql(scene.db, 'seats.fence <', '0::bigint <');
      expect((await askUnder(seen - 1, unfenced)).created).toBe(true);
    });
  });

  test('without Redis: it says so, and leaves nothing', async () => {
    await expect(failureOf(ask(user, ['A-1'], absentLock))).resolves.toMatchObject({ dependency: 'redis' });
    const held = await scene.db.selectFrom('holds').select('hold_id').where('user_id', '=', user).execute();
    expect(held).toEqual([]);
  });
});
