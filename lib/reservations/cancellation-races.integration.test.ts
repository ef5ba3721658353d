import { describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import type { OnceAnswer } from '../idempotency/run-once.ts';
import type { UserId } from '../ids.ts';
import { createLock } from '../lock/create-lock.ts';
import type { Lock } from '../lock/lock.ts';
import { holdSeats } from '../seats/hold-seats.ts';
import { absentLock, brokenLock } from '../testing/locks.ts';
import { admitUsers, findMoneyFaults, givePoints, newKey, openHall, seatsOf } from '../testing/people.ts';
import { buySeats, type Purchase } from '../testing/purchase.ts';
import { race, times } from '../testing/race.ts';
import { useScene } from '../testing/scene.ts';
import { readWallet } from '../wallet/read-wallet.ts';
import { cancelReservation } from './cancel-reservation.ts';

const rounds = 4;
const atOnce = 6;
const maxTries = 200;
const scene = useScene();

const locks: readonly (readonly [string, () => Lock])[] = [
  ['the pub/sub lock', () => scene.walletLock],
  ['the simple lock', () => createLock('simple', scene.redis)],
  ['a lock that is away', () => absentLock],
  ['a lock that lets everybody in', () => brokenLock()],
];
const passing = ['request-in-progress', 'unavailable'];

const cancel = (walletLock: Lock, { user: userId, reservationId }: Purchase, idempotencyKey = newKey()) =>
  cancelReservation({ ...scene, walletLock }, { userId, reservationId, idempotencyKey, requestId: 'r' });

const buyOne = async () => buySeats(scene, await openHall(scene), 'A-1');
const balanceOf = async ({ user }: Purchase) => (await readWallet(scene.db, user)).balance;
const statusesOf = (answers: readonly OnceAnswer[]) =>
  answers.map(({ status }) => status).toSorted((a, b) => a - b);

/** Every cancelled reservation was refunded once, and its seat rows say so; no seat has a gap in its versions. */
async function expectSound(): Promise<void> {
  expect(await findMoneyFaults(scene)).toEqual([]);
  const { rows } = await sql`
    SELECT r.reservation_id FROM reservations r JOIN payments p USING (reservation_id)
      JOIN reservation_seats s USING (reservation_id)
    WHERE (r.status = 'cancelled') <> (s.cancelled_at IS NOT NULL)
       OR (r.status = 'cancelled')::integer <> (
         SELECT count(*) FROM ledger_entries e
         WHERE e.reference_id = p.payment_id AND e.kind = 'refund' AND e.account = 'wallet' AND e.amount = p.amount)
    UNION ALL
    SELECT seat_id FROM seats WHERE version <> (SELECT count(*) FROM outbox WHERE key = seat_id)`.execute(
    scene.db,
  );
  expect(rows).toEqual([]);
}

describe.each(locks)(`${atOnce} cancellations at once, ${rounds} rounds, under %s`, (_, lockOf) => {
  test('with one key: refunded once, one answer', async () => {
    for (let round = 0; round < rounds; round++) {
      const bought = await buyOne();
      const key = newKey();
      const { results, refusals } = await race(times(atOnce, () => cancel(lockOf(), bought, key)));
      expect(new Set(results.map(({ text }) => text)).size).toBe(1);
      expect(results.filter(({ replayed }) => !replayed)).toHaveLength(1);
      for (const { slug } of refusals) expect(passing).toContain(slug);
      expect(await balanceOf(bought)).toBe(100);
    }
    await expectSound();
  });

  test('with a key each: refunded once, the others find it cancelled', async () => {
    for (let round = 0; round < rounds; round++) {
      const bought = await buyOne();
      const { results, refusals } = await race(times(atOnce, () => cancel(lockOf(), bought)));
      expect(statusesOf(results)).toEqual([200, ...results.slice(1).map(() => 409)]);
      for (const { slug } of refusals) expect(passing).toContain(slug);
      expect(await balanceOf(bought)).toBe(100);
    }
    await expectSound();
  });

  test('with charges between them: nothing is lost', async () => {
    for (let round = 0; round < rounds; round++) {
      const bought = await buyOne();
      const charge = () => givePoints({ ...scene, walletLock: lockOf() }, bought.user, 7);
      const all = [...times(2, () => cancel(lockOf(), bought)), ...times(3, charge)];
      const { refusals } = await race<unknown>(all);
      for (const { slug } of refusals) expect(passing).toContain(slug);
      const { rows } = await sql<{ amount: number }>`
        SELECT sum(amount)::bigint AS amount FROM charges WHERE user_id = ${bought.user}`.execute(scene.db);
      const cancelled = await sql`SELECT FROM reservations
        WHERE reservation_id = ${bought.reservationId} AND status = 'cancelled'`.execute(scene.db);
      expect(await balanceOf(bought)).toBe((rows[0]?.amount ?? 0) - 100 + 100 * cancelled.rows.length);
    }
    await expectSound();
  });
});

test(`a cancellation while three ask for the seat until it is had, ${rounds} rounds: one has it`, async () => {
  for (let round = 0; round < rounds; round++) {
    const hall = await openHall(scene);
    const bought = await buySeats(scene, hall, 'A-1');
    const wanting = await admitUsers(scene, hall, 3);
    const seatIds = seatsOf(hall, 'A-1');
    let hadBy = 0;
    const insist = async (userId: UserId) => {
      for (let tried = 0; tried < maxTries && hadBy === 0; tried++) {
        const { results } = await race([() => holdSeats(scene, { hall, userId, seatIds })]);
        hadBy += results.length;
      }
    };
    await Promise.all([cancel(scene.walletLock, bought), ...wanting.map(insist)]);
    expect(hadBy).toBe(1);
    expect(await balanceOf(bought)).toBe(100);
  }
  await expectSound();
});

describe('the control', () => {
  /** The statements of a cancellation without the row locks and the ledger's rules. */
  const cancelUnprotected = ({ user, reservationId, hold }: Purchase): Promise<boolean> =>
    scene.db.transaction().execute(async (tx) => {
      const { status } = await tx
        .selectFrom('reservations')
        .select('status')
        .where('reservation_id', '=', reservationId)
        .executeTakeFirstOrThrow();
      if (status !== 'confirmed') return false;
      await sql`UPDATE wallets SET balance = balance + ${hold.amount} WHERE user_id = ${user}`.execute(tx);
      await sql`UPDATE reservations SET status = 'cancelled' WHERE reservation_id = ${reservationId}`.execute(
        tx,
      );
      return true;
    });

  test(`one reservation is refunded several times within ${rounds} rounds, and the check sees it`, async () => {
    let refunds = 0;
    for (let round = 0; round < rounds; round++) {
      const bought = await buyOne();
      const { results } = await race(times(atOnce, () => cancelUnprotected(bought)));
      refunds += results.filter(Boolean).length;
    }
    expect(refunds).toBeGreaterThan(rounds);
    await expect(expectSound()).rejects.toThrow('toEqual');
  });
});
