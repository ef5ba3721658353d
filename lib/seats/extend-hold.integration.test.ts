import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import type { UserId } from '../ids.ts';
import type { Hall } from '../performances/hall.ts';
import { payHold } from '../reservations/pay-hold.ts';
import { absentLock } from '../testing/locks.ts';
import {
  admitUser,
  findMoneyFaults,
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
import { readWallet } from '../wallet/read-wallet.ts';
import { extendHold } from './extend-hold.ts';
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

const extend = (one = hold) => extendHold(scene, user, one.holdId);
const pay = (one = hold) =>
  payHold(scene, { userId: user, holdId: one.holdId, idempotencyKey: newKey(), requestId: 'r' });

/** Moves the end of a hold, in its row and its seats', so many ms from now. */
async function endIn(ms: number): Promise<void> {
  const end = sql<Date>`clock_timestamp() + make_interval(secs => ${ms / 1_000})`;
  await scene.db.updateTable('holds').set({ expires_at: end }).where('hold_id', '=', hold.holdId).execute();
  await scene.db
    .updateTable('seats')
    .set({ held_until: sql<Date>`(SELECT expires_at FROM holds WHERE holds.hold_id = seats.hold_id)` })
    .where('hold_id', '=', hold.holdId)
    .execute();
}

const seatRow = () => sql`SELECT FROM seats WHERE seat_id = ${hold.seatIds[0]} FOR UPDATE`;
const walletRow = () => sql`SELECT FROM wallets WHERE user_id = ${user} FOR UPDATE`;

/** Does something while another transaction has a row locked that it needs, past the end of the hold. */
async function pastTheEnd<T>(lockRow: typeof seatRow, act: () => Promise<T>): Promise<T> {
  await endIn(400);
  let acting: Promise<T> | undefined;
  await scene.db.transaction().execute(async (tx) => {
    await lockRow().execute(tx);
    acting = act();
    acting.catch(() => undefined);
    await sleep(700);
  });
  if (acting === undefined) throw new Error('nothing was done');
  return acting;
}

describe('an extension', () => {
  test('gives the whole time again, from now, in hold, seats and locks', async () => {
    await endIn(5_000);
    const beforeMs = Date.now();
    const extended = await extend();
    const leftMs = Date.parse(extended.expiresAt) - beforeMs;
    expect(leftMs).toBeGreaterThan(hall.holdSeconds * 1_000 - 1_000);
    expect(leftMs).toBeLessThan(hall.holdSeconds * 1_000 + 5_000);
    expect(extended).toEqual({ ...hold, expiresAt: extended.expiresAt, status: 'held' });
    expect(await findHold(scene.db, user, hold.holdId)).toEqual(extended);
    const { rows } = await sql<{ same: boolean }>`
      SELECT bool_and(seats.held_until = holds.expires_at) AS same FROM seats JOIN holds USING (hold_id)
      WHERE hold_id = ${hold.holdId}`.execute(scene.db);
    expect(rows).toEqual([{ same: true }]);
    for (const seat of hold.seatIds) {
      const lockMs = await scene.redis.pttl(`{${hall.performanceId}}:seat:${seat}`);
      expect(lockMs).toBeGreaterThan(hall.holdSeconds * 1_000 - 5_000);
    }
  });

  test('is given once, also of many at once', async () => {
    const { results, refusals } = await race(times(6, () => extend()));
    expect(results).toHaveLength(1);
    expect(new Set(refusals.map(({ slug }) => slug))).toEqual(new Set(['extension-limit']));
    expect((await findHold(scene.db, user, hold.holdId)).expiresAt).toBe(results[0]?.expiresAt);
  });

  test('is refused for what has become of the hold before what was extended', async () => {
    await extend();
    await letHoldExpire(scene, hold);
    expect((await refusalOf(extend())).slug).toBe('hold-expired');
    const released = await giveHold(scene, hall, user, 'B-1');
    await releaseHold(scene, user, released.holdId);
    expect((await refusalOf(extend(released))).slug).toBe('hold-released');
    const paid = await giveHold(scene, hall, user, 'B-2');
    await givePoints(scene, user, 100);
    await extend(paid);
    await pay(paid);
    expect((await refusalOf(extend(paid))).slug).toBe('hold-paid');
  });

  test('of somebody else’s hold, or none, finds nothing', async () => {
    expect((await refusalOf(extendHold(scene, newUser(), hold.holdId))).slug).toBe('not-found');
    expect((await refusalOf(extendHold(scene, user, holdId('none')))).slug).toBe('not-found');
  });

  test('goes on without Redis', async () => {
    const services = { db: scene.db, seatLock: absentLock };
    expect((await extendHold(services, user, hold.holdId)).status).toBe('held');
  });

  test('that waits until its hold is over comes too late, and changes nothing', async () => {
    expect((await refusalOf(pastTheEnd(seatRow, () => extend()))).slug).toBe('hold-expired');
    expect((await findHold(scene.db, user, hold.holdId)).status).toBe('expired');
    const other = await admitUser(scene, hall);
    await scene.redis.del(hold.seatIds.map((seat) => `{${hall.performanceId}}:seat:${seat}`));
    const request = { hall, userId: other, seatIds: seatsOf(hall, 'A-1', 'A-2') };
    expect((await holdSeats(scene, request)).created).toBe(true);
  });
});

describe('a late payment', () => {
  beforeEach(() => givePoints(scene, user, 1_000));

  test('that waits for its wallet until the hold is over debits nothing', async () => {
    const { status, text } = await pastTheEnd(walletRow, () => pay());
    expect(status).toBe(409);
    expect(JSON.parse(text)).toMatchObject({ type: 'urn:problem:hold-expired' });
    expect(await readWallet(scene.db, user)).toEqual({ balance: 1_000 });
    expect(await findMoneyFaults(scene)).toEqual([]);
  });

  test('the control: of a hold that was extended meanwhile it is in time', async () => {
    await endIn(2_000);
    await extend();
    await sleep(2_100);
    expect((await pay()).status).toBe(201);
  });
});
