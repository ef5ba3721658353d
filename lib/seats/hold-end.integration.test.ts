import { beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import type { SeatCloudEvent } from '../events/seat-event.ts';
import type { SeatId, UserId } from '../ids.ts';
import type { Hall } from '../performances/hall.ts';
import { payHold } from '../reservations/pay-hold.ts';
import { absentLock } from '../testing/locks.ts';
import {
  admitUser,
  giveHold,
  givePoints,
  holdId,
  letHoldExpire,
  newKey,
  newUser,
  openHall,
  seatsOf,
} from '../testing/people.ts';
import { race, refusalOf, times } from '../testing/race.ts';
import { useScene } from '../testing/scene.ts';
import { expireHolds } from './expire-holds.ts';
import { findHold } from './find-hold.ts';
import type { Hold } from './hold.ts';
import { holdSeats } from './hold-seats.ts';
import { releaseHold } from './release-hold.ts';

const scene = useScene();
let hall: Hall;
let user: UserId;
let hold: Hold;

beforeEach(async () => {
  hall = await openHall(scene);
  user = await admitUser(scene, hall);
  hold = await giveHold(scene, hall, user, 'A-1', 'A-2');
});

const statusOf = async (one = hold) => (await findHold(scene.db, user, one.holdId)).status;

/** What was told of a seat, in order: type, version, and whose hold it was. */
async function historyOf(seat: SeatId | undefined) {
  const rows = await scene.db
    .selectFrom('outbox')
    .select('payload')
    .where('key', '=', seat ?? '')
    .orderBy('outbox_id')
    .execute();
  return rows
    .map(({ payload }) => JSON.parse(payload) as SeatCloudEvent)
    .map(({ type, data }) => [type, data.version, data.holdId, data.userId]);
}

describe('a release', () => {
  test('frees the seats at once, in Postgres and in Redis', async () => {
    await releaseHold(scene, user, hold.holdId);
    expect(await statusOf()).toBe('released');
    const other = await admitUser(scene, hall);
    const next = await giveHold(scene, hall, other, 'A-1', 'A-2');
    expect(next.fence).toBeGreaterThan(hold.fence);
    expect(await historyOf(hold.seatIds[0])).toEqual([
      ['seat.held', 1, hold.holdId, user],
      ['seat.released', 2, hold.holdId, user],
      ['seat.held', 3, next.holdId, other],
    ]);
  });

  test('once more does nothing, nor to the next holder', async () => {
    await releaseHold(scene, user, hold.holdId);
    const other = await admitUser(scene, hall);
    const next = await giveHold(scene, hall, other, 'A-1', 'A-2');
    await releaseHold(scene, user, hold.holdId);
    expect((await findHold(scene.db, other, next.holdId)).status).toBe('held');
    expect(
      (await refusalOf(holdSeats(scene, { hall, userId: user, seatIds: seatsOf(hall, 'A-1') }))).slug,
    ).toBe('seat-unavailable');
  });

  test('by many at once is one', async () => {
    const { refusals } = await race(times(6, () => releaseHold(scene, user, hold.holdId)));
    expect(refusals).toEqual([]);
    expect(await historyOf(hold.seatIds[0])).toHaveLength(2);
  });

  test('of a hold that has run out does nothing', async () => {
    await letHoldExpire(scene, hold);
    await releaseHold(scene, user, hold.holdId);
    expect(await statusOf()).toBe('expired');
    expect(await historyOf(hold.seatIds[0])).toHaveLength(1);
  });

  test('of a hold that was paid is refused', async () => {
    await givePoints(scene, user, 1_000);
    await payHold(scene, { userId: user, holdId: hold.holdId, idempotencyKey: newKey(), requestId: 'r' });
    expect((await refusalOf(releaseHold(scene, user, hold.holdId))).slug).toBe('hold-paid');
    expect(await statusOf()).toBe('paid');
  });

  test('of somebody else’s hold, or none, finds nothing', async () => {
    expect((await refusalOf(releaseHold(scene, newUser(), hold.holdId))).slug).toBe('not-found');
    expect((await refusalOf(releaseHold(scene, user, holdId('none')))).slug).toBe('not-found');
    expect(await statusOf()).toBe('held');
  });

  test('goes on without Redis', async () => {
    await releaseHold({ db: scene.db, seatLock: absentLock }, user, hold.holdId);
    expect(await statusOf()).toBe('released');
  });
});

describe('an expired hold', () => {
  beforeEach(() => letHoldExpire(scene, hold));

  test('is over without anybody saying so', async () => {
    expect(await statusOf()).toBe('expired');
  });

  test('frees its seats for the next, who writes first that it has expired', async () => {
    const other = await admitUser(scene, hall);
    const next = await giveHold(scene, hall, other, 'A-2', 'A-3');
    expect(await historyOf(hold.seatIds[1])).toEqual([
      ['seat.held', 1, hold.holdId, user],
      ['seat.expired', 2, hold.holdId, user],
      ['seat.held', 3, next.holdId, other],
    ]);
    const [fresh] = seatsOf(hall, 'A-3');
    expect(await historyOf(fresh)).toEqual([['seat.held', 1, next.holdId, other]]);
  });

  test('does not count towards the limit', async () => {
    const next = await giveHold(scene, hall, user, 'B-1', 'B-2', 'B-3', 'B-4');
    expect(next.seatIds).toHaveLength(hall.maxSeatsPerUser);
  });

  test('is not given again to who asks for its seats: that is a new one', async () => {
    const next = await giveHold(scene, hall, user, 'A-1', 'A-2');
    expect(next.holdId).not.toBe(hold.holdId);
  });
});

test('a hold runs out by itself, at its time', async () => {
  const quick = await openHall(scene, { holdSeconds: 2 });
  const one = await admitUser(scene, quick);
  const two = await admitUser(scene, quick);
  const short = await giveHold(scene, quick, one, 'A-1');
  const ask = () => holdSeats(scene, { hall: quick, userId: two, seatIds: seatsOf(quick, 'A-1') });
  let refusedUntilMs = 0;
  for (const deadlineMs = Date.now() + 10_000; Date.now() < deadlineMs; ) {
    const began = Date.now();
    const result = await ask().catch(() => undefined);
    if (result !== undefined) break;
    refusedUntilMs = began;
  }
  expect(refusedUntilMs).toBeGreaterThan(Date.parse(short.expiresAt) - 1_000);
  expect(refusedUntilMs).toBeLessThan(Date.parse(short.expiresAt) + 500);
  expect((await findHold(scene.db, one, short.holdId)).status).toBe('expired');
});

describe('expireHolds', () => {
  beforeEach(async () => {
    while ((await expireHolds(scene.db)) > 0);
  });

  test('leaves live holds alone', async () => {
    expect(await expireHolds(scene.db)).toBe(0);
    expect(await statusOf()).toBe('held');
  });

  test('frees each seat of an expired one once, with its event', async () => {
    await letHoldExpire(scene, hold);
    const counts = await Promise.all([expireHolds(scene.db), expireHolds(scene.db), expireHolds(scene.db)]);
    expect(counts.reduce((sum, count) => sum + count)).toBe(2);
    expect(await expireHolds(scene.db)).toBe(0);
    for (const seat of hold.seatIds) {
      expect(await historyOf(seat)).toEqual([
        ['seat.held', 1, hold.holdId, user],
        ['seat.expired', 2, hold.holdId, user],
      ]);
    }
    expect(await statusOf()).toBe('expired');
    const next = await giveHold(scene, hall, user, 'A-1');
    expect(await historyOf(hold.seatIds[0])).toContainEqual(['seat.held', 3, next.holdId, user]);
  });

  test('leaves seats that somebody has locked to them', async () => {
    await letHoldExpire(scene, hold);
    await scene.db.transaction().execute(async (holder) => {
      await sql`SELECT FROM seats WHERE seat_id = ${hold.seatIds[0]} FOR UPDATE`.execute(holder);
      expect(await expireHolds(scene.db)).toBe(1);
    });
    expect(await expireHolds(scene.db)).toBe(1);
  });
});
