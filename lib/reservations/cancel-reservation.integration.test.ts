import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { applyEvent } from '../events/apply-event.ts';
import type { Points, ReservationId, UserId } from '../ids.ts';
import type { Lock } from '../lock/lock.ts';
import type { Hall } from '../performances/hall.ts';
import { countSeats } from '../seats/count-seats.ts';
import { readSeatMap } from '../seats/read-seat-map.ts';
import { absentLock, brokenLock } from '../testing/locks.ts';
import {
  admitUser,
  findMoneyFaults,
  giveHold,
  givePoints,
  newKey,
  newUser,
  openHall,
  seatsOf,
} from '../testing/people.ts';
import { buySeats, type Purchase } from '../testing/purchase.ts';
import { refusalOf } from '../testing/race.ts';
import { useScene } from '../testing/scene.ts';
import { eventsOf } from '../testing/stories.ts';
import { listEntries } from '../wallet/list-entries.ts';
import { readWallet } from '../wallet/read-wallet.ts';
import { cancelReservation } from './cancel-reservation.ts';
import { findReservation } from './read-reservations.ts';

const scene = useScene();
const page = { limit: 50, before: Number.MAX_SAFE_INTEGER };
let hall: Hall;
let bought: Purchase;

beforeEach(async () => {
  hall = await openHall(scene);
  bought = await buySeats(scene, hall, 'A-2', 'A-1');
});

interface Cancellation {
  readonly by?: UserId;
  readonly of?: ReservationId;
  readonly key?: string;
  readonly walletLock?: Lock;
  readonly seatLock?: Lock;
}

const cancel = ({
  by = bought.user,
  of = bought.reservationId,
  key = newKey(),
  ...locks
}: Cancellation = {}) =>
  cancelReservation(
    { ...scene, ...locks },
    { userId: by, reservationId: of, idempotencyKey: key, requestId: 'r-1' },
  );
const slugOf = (text: string) => (JSON.parse(text) as { type: string }).type.replace('urn:problem:', '');
const balance = async () => (await readWallet(scene.db, bought.user)).balance;
const begin = () =>
  sql`UPDATE performances SET opens_at = now() - interval '2 s', starts_at = now() - interval '1 s'
    WHERE performance_id = ${hall.performanceId}`.execute(scene.db);

describe('a cancellation', () => {
  test('gives the points back, with an entry that names the payment', async () => {
    const answer = await cancel();
    expect(answer).toMatchObject({ status: 200, replayed: false });
    const { reservationId, paymentId, user } = bought;
    expect(JSON.parse(answer.text)).toEqual({ reservationId, refunded: 200, balance: 200 });
    const [entry] = (await listEntries(scene.db, user, page)).items;
    expect(entry).toMatchObject({ kind: 'refund', amount: 200, balanceAfter: 200, referenceId: paymentId });
    expect(await balance()).toBe(200);
    expect(await findMoneyFaults(scene)).toEqual([]);
  });

  test('frees each seat, and says so in one event a seat with its price', async () => {
    await cancel();
    const seats = await scene.db
      .selectFrom('seats')
      .select(['status', 'reservation_id', 'version'])
      .where('seat_id', 'in', bought.hold.seatIds)
      .execute();
    const free = { status: 'available', reservation_id: null, version: 3 };
    expect(seats).toEqual([free, free]);
    const events = (await eventsOf(scene, hall))
      .slice(4)
      .toSorted((a, b) => a.subject.localeCompare(b.subject));
    const { user: userId, reservationId, hold } = bought;
    expect(events.map(({ type, data }) => [type, data])).toEqual(
      [...hold.seatIds].toSorted().map((seatId) => [
        'reservation.cancelled',
        {
          seatId,
          performanceId: hall.performanceId,
          userId,
          version: 3,
          holdId: hold.holdId,
          reservationId,
          amount: 100,
        },
      ]),
    );
    for (const event of await eventsOf(scene, hall)) await applyEvent(scene.db, event);
    const { items } = await readSeatMap(scene.db, hall.performanceId);
    expect(items.filter(({ status }) => status !== 'available')).toEqual([]);
  });

  test('leaves the seats to be held at once, whose locks were to last as long as the hold that was paid', async () => {
    const lockKeys = seatsOf(hall, 'A-1', 'A-2').map((seatId) => `{${hall.performanceId}}:seat:${seatId}`);
    expect(await scene.redis.exists(lockKeys)).toBe(2);
    await cancel();
    expect(await scene.redis.exists(lockKeys)).toBe(0);
    const next = await giveHold(scene, hall, await admitUser(scene, hall), 'A-1', 'A-2');
    expect(next.fence).toBeGreaterThan(bought.hold.fence);
  });

  test('leaves them to be held also when it could not free their locks', async () => {
    await cancel({ seatLock: absentLock });
    const next = await giveHold(scene, hall, await admitUser(scene, hall), 'A-1', 'A-2');
    expect(next.fence).toBeGreaterThan(bought.hold.fence);
  });

  test('shows, and takes the tickets from sight, whether they were issued before or after', async () => {
    const events = await eventsOf(scene, hall);
    const [first, last] = [events.slice(0, 3), events.slice(3)];
    const find = () => findReservation(scene.db, bought.user, bought.reservationId);
    for (const event of first) await applyEvent(scene.db, event);
    expect((await find()).tickets).toHaveLength(1);
    await cancel();
    for (const event of last) await applyEvent(scene.db, event);
    expect(await find()).toMatchObject({ status: 'cancelled', amount: 200, tickets: [] });
  });

  test('does not count against the limit of seats a person', async () => {
    expect(await countSeats(scene.db, hall.performanceId, bought.user)).toBe(2);
    await cancel();
    expect(await countSeats(scene.db, hall.performanceId, bought.user)).toBe(0);
  });

  test('of seats that cost nothing', async () => {
    const free = await openHall(scene, { seats: { ...hall.seats, price: 0 as Points } });
    const guest = await buySeats(scene, free, 'A-1');
    const { text } = await cancel({ by: guest.user, of: guest.reservationId });
    expect(JSON.parse(text)).toMatchObject({ refunded: 0, balance: 0 });
    const [entry] = (await listEntries(scene.db, guest.user, page)).items;
    expect(entry).toMatchObject({ kind: 'refund', amount: 0, balanceAfter: 0, referenceId: guest.paymentId });
  });

  test('is not refused because the balance goes above what may be charged', async () => {
    await givePoints(scene, bought.user, 1_000_000_000_000);
    const { text } = await cancel();
    expect(JSON.parse(text)).toMatchObject({ refunded: 200, balance: 1_000_000_000_200 });
    const charge = givePoints(scene, bought.user, 1);
    expect((await refusalOf(charge)).slug).toBe('balance-limit');
    expect(await findMoneyFaults(scene)).toEqual([]);
  });

  test('with a key that was used is the same cancellation', async () => {
    const key = newKey();
    const first = await cancel({ key });
    expect(await cancel({ key })).toEqual({ ...first, replayed: true });
    expect(await balance()).toBe(200);
    const other = await buySeats(scene, hall, 'B-1');
    await givePoints(scene, bought.user, 1);
    const refusal = await refusalOf(cancel({ key, of: other.reservationId }));
    expect(refusal.slug).toBe('idempotency-key-reused');
  });
});

describe('a cancellation is refused', () => {
  test('of a reservation that is not one’s own, or none', async () => {
    expect((await refusalOf(cancel({ by: newUser() }))).slug).toBe('not-found');
    expect((await refusalOf(cancel({ of: 'none' as ReservationId }))).slug).toBe('not-found');
    expect(await balance()).toBe(0);
  });

  test('already-cancelled, with another key, and that is kept with the key', async () => {
    await cancel();
    const key = newKey();
    const again = await cancel({ key });
    expect([again.status, slugOf(again.text)]).toEqual([409, 'already-cancelled']);
    expect(await cancel({ key })).toEqual({ ...again, replayed: true });
    expect(await balance()).toBe(200);
  });

  test('performance-started, from the moment it begins', async () => {
    await begin();
    const { status, text } = await cancel();
    expect([status, slugOf(text)]).toEqual([409, 'performance-started']);
    expect(await balance()).toBe(0);
    expect(await findReservation(scene.db, bought.user, bought.reservationId)).toMatchObject({
      status: 'confirmed',
    });
    expect((await eventsOf(scene, hall)).filter(({ type }) => type === 'reservation.cancelled')).toEqual([]);
  });

  test('already-cancelled, when it has begun as well', async () => {
    await cancel();
    await begin();
    expect(slugOf((await cancel()).text)).toBe('already-cancelled');
  });

  test('performance-started, when it begins while the cancellation waits for the seats', async () => {
    await sql`UPDATE performances SET starts_at = now() + interval '700 ms'
      WHERE performance_id = ${hall.performanceId}`.execute(scene.db);
    const { cancelling } = await scene.db.transaction().execute(async (holder) => {
      await sql`SELECT FROM seats WHERE seat_id = ${bought.hold.seatIds[0]} FOR UPDATE`.execute(holder);
      const waiting = cancel();
      await sleep(1_000);
      return { cancelling: waiting };
    });
    expect(slugOf((await cancelling).text)).toBe('performance-started');
    expect(await balance()).toBe(0);
  });
});

describe('without its lock', () => {
  test('money goes on when the lock is away', async () => {
    expect((await cancel({ walletLock: absentLock, seatLock: absentLock })).status).toBe(200);
    expect(await balance()).toBe(200);
  });

  test('a holder whose lease is older than the last change changes nothing, and may come again', async () => {
    const key = newKey();
    expect((await refusalOf(cancel({ key, walletLock: brokenLock(() => 1) }))).slug).toBe('unavailable');
    expect(await balance()).toBe(0);
    expect((await cancel({ key })).status).toBe(200);
  });
});
