import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import type { Db } from '../db/client.ts';
import type { HoldId, ReservationId, UserId } from '../ids.ts';
import type { Lock } from '../lock/lock.ts';
import type { Hall } from '../performances/hall.ts';
import { isAdmitted } from '../queue/is-admitted.ts';
import type { Hold } from '../seats/hold.ts';
import { releaseHold } from '../seats/release-hold.ts';
import { editSql } from '../testing/edit-sql.ts';
import { absentLock, brokenLock } from '../testing/locks.ts';
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
import { refusalOf } from '../testing/race.ts';
import { useScene } from '../testing/scene.ts';
import { readWallet } from '../wallet/read-wallet.ts';
import { payHold } from './pay-hold.ts';
import { findReservation, listReservations } from './read-reservations.ts';

const scene = useScene();
let hall: Hall;
let user: UserId;
let hold: Hold;

beforeEach(async () => {
  hall = await openHall(scene);
  user = await admitUser(scene, hall);
  hold = await giveHold(scene, hall, user, 'A-2', 'A-1');
});

interface Payment {
  readonly by?: UserId;
  readonly of?: HoldId;
  readonly key?: string;
  readonly walletLock?: Lock;
  readonly db?: Db;
}

const pay = ({ by = user, of = hold.holdId, key = newKey(), ...services }: Payment = {}) =>
  payHold({ ...scene, ...services }, { userId: by, holdId: of, idempotencyKey: key, requestId: 'r-1' });
const paid = async (payment?: Payment) => {
  const { text } = await pay(payment);
  return JSON.parse(text) as { paymentId: string; reservationId: ReservationId; balance: number };
};
const balance = async () => (await readWallet(scene.db, user)).balance;

describe('a payment', () => {
  beforeEach(() => givePoints(scene, user, 1_000));

  test('turns the hold into a reservation, for its exact amount', async () => {
    const answer = await pay();
    expect(answer).toMatchObject({ status: 201, replayed: false });
    const body: unknown = JSON.parse(answer.text);
    expect(body).toEqual({
      paymentId: expect.any(String),
      reservationId: expect.any(String),
      seatIds: seatsOf(hall, 'A-2', 'A-1'),
      amount: 200,
      balance: 800,
    });
    expect(await balance()).toBe(800);
    expect(await findMoneyFaults(scene)).toEqual([]);
  });

  test('sells each seat, and says so in its events with the price of each', async () => {
    const { reservationId } = await paid();
    const seats = await scene.db
      .selectFrom('seats')
      .select(['seat_id', 'status', 'hold_id', 'held_until', 'reservation_id', 'version'])
      .where('seat_id', 'in', hold.seatIds)
      .execute();
    for (const seat of seats) {
      expect(seat).toMatchObject({ status: 'sold', hold_id: null, held_until: null, version: 2 });
      expect(seat.reservation_id).toBe(reservationId);
    }
    const events = await scene.db
      .selectFrom('outbox')
      .select(['key', 'payload'])
      .where('key', 'in', hold.seatIds)
      .orderBy('outbox_id')
      .execute();
    const completed = events
      .map(({ payload }) => JSON.parse(payload) as { type: string; data: object })
      .slice(2);
    expect(completed.map(({ type }) => type)).toEqual(['reservation.completed', 'reservation.completed']);
    for (const { data } of completed) {
      expect(data).toMatchObject({
        userId: user,
        holdId: hold.holdId,
        reservationId,
        version: 2,
        amount: 100,
      });
    }
  });

  test('can be read by its owner alone, tickets to come', async () => {
    const { reservationId } = await paid();
    const reservation = {
      reservationId,
      performanceId: hall.performanceId,
      seatIds: seatsOf(hall, 'A-2', 'A-1'),
      amount: 200,
      status: 'confirmed',
      tickets: [],
    };
    expect(await findReservation(scene.db, user, reservationId)).toEqual(reservation);
    const page = { limit: 50, before: Number.MAX_SAFE_INTEGER };
    expect(await listReservations(scene.db, user, page)).toEqual({ items: [reservation], nextCursor: null });
    const stranger = newUser();
    expect((await refusalOf(findReservation(scene.db, stranger, reservationId))).slug).toBe('not-found');
    expect((await listReservations(scene.db, stranger, page)).items).toEqual([]);
  });

  test('ends the admission', async () => {
    expect(await isAdmitted(scene.redis, hall.performanceId, user)).toBe(true);
    await pay();
    expect(await isAdmitted(scene.redis, hall.performanceId, user)).toBe(false);
  });

  test('with a key that was used is the same payment', async () => {
    const key = newKey();
    const first = await pay({ key });
    expect(await pay({ key })).toEqual({ ...first, replayed: true });
    expect(await balance()).toBe(800);
  });

  test('of seats that cost nothing', async () => {
    const free = await openHall(scene, { seats: { ...hall.seats, price: 0 as typeof hall.seats.price } });
    const guest = await admitUser(scene, free);
    const freeHold = await giveHold(scene, free, guest, 'A-1');
    expect(await paid({ by: guest, of: freeHold.holdId })).toMatchObject({ amount: 0, balance: 0 });
    expect(await findMoneyFaults(scene)).toEqual([]);
  });
});

describe('a payment is refused', () => {
  test('with too few points, and the refusal is kept with the key', async () => {
    await givePoints(scene, user, 199);
    const key = newKey();
    const first = await pay({ key });
    expect(first.status).toBe(402);
    expect(JSON.parse(first.text)).toMatchObject({ balance: 199, amount: 200 });
    await givePoints(scene, user, 1);
    expect(await pay({ key })).toEqual({ ...first, replayed: true });
    expect((await pay()).status).toBe(201);
    expect(await balance()).toBe(0);
  });

  test('for a hold that is not one’s own, or none', async () => {
    const stranger = newUser();
    await givePoints(scene, stranger, 1_000);
    expect((await refusalOf(pay({ by: stranger }))).slug).toBe('not-found');
    expect((await refusalOf(pay({ of: holdId('none') }))).slug).toBe('not-found');
    expect(await readWallet(scene.db, stranger)).toEqual({ balance: 1_000 });
  });

  test.each([
    ['hold-expired', () => letHoldExpire(scene, hold)],
    ['hold-released', () => releaseHold(scene, user, hold.holdId)],
    ['hold-paid', () => pay()],
  ])('%s', async (slug, end) => {
    await givePoints(scene, user, 1_000);
    await end();
    const before = await balance();
    const { status, text } = await pay();
    expect([status, (JSON.parse(text) as { type: string }).type]).toEqual([409, `urn:problem:${slug}`]);
    expect(await balance()).toBe(before);
    expect(await findMoneyFaults(scene)).toEqual([]);
  });

  /** The hold is alive when the payment looks at it, and over when somebody else lets go of the seat's row. */
  async function payBehindRow(db: Db) {
    await givePoints(scene, user, 1_000);
    const endsAt = new Date(Date.now() + 700);
    await sql`UPDATE holds SET expires_at = ${endsAt} WHERE hold_id = ${hold.holdId}`.execute(scene.db);
    await sql`UPDATE seats SET held_until = ${endsAt} WHERE hold_id = ${hold.holdId}`.execute(scene.db);
    const answer = await scene.db.transaction().execute(async (holder) => {
      await sql`SELECT FROM seats WHERE seat_id = ${hold.seatIds[0]} FOR UPDATE`.execute(holder);
      const paying = pay({ db });
      await sleep(1_000);
      return { paying };
    });
    return answer.paying;
  }

  test('hold-expired, when the time runs out while it waits for the seats', async () => {
    const { status, text } = await payBehindRow(scene.db);
    expect([status, (JSON.parse(text) as { type: string }).type]).toEqual([409, 'urn:problem:hold-expired']);
    expect(await balance()).toBe(1_000);
    expect(await findMoneyFaults(scene)).toEqual([]);
  });

  test('which the clock decides when the wait is over: by that of the beginning it would be paid', async () => {
    const { status } = await payBehindRow(editSql(scene.db, 'clock_timestamp()', 'now()'));
    expect([status, await balance()]).toEqual([201, 1_000 - hold.amount]);
  });
});

describe('without its lock', () => {
  beforeEach(() => givePoints(scene, user, 1_000));

  test('money goes on when the lock is away', async () => {
    expect((await pay({ walletLock: absentLock })).status).toBe(201);
    expect(await balance()).toBe(800);
  });

  const lastFence = async () =>
    (
      await scene.db
        .selectFrom('wallets')
        .select('fence')
        .where('user_id', '=', user)
        .executeTakeFirstOrThrow()
    ).fence;

  test('a lease that another has overtaken is taken anew, and the payment made once', async () => {
    const fence = await lastFence();
    let leases = 0;
    const overtaken = brokenLock(() => (leases++ === 0 ? fence - 1 : fence + 1));
    expect((await pay({ walletLock: overtaken })).status).toBe(201);
    expect(leases).toBe(2);
    expect(await balance()).toBe(800);
    expect(await findMoneyFaults(scene)).toEqual([]);
  });

  test('a holder whose leases are all older than the last change changes nothing, and may come again', async () => {
    const key = newKey();
    const fence = await lastFence();
    const refusal = await refusalOf(pay({ key, walletLock: brokenLock(() => fence - 1) }));
    expect(refusal.slug).toBe('unavailable');
    expect(await balance()).toBe(1_000);
    expect((await pay({ key })).status).toBe(201);
  });
});
