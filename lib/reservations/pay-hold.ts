import { sql } from 'kysely';
import type { Tx } from '../db/transaction.ts';
import { within } from '../deadline.ts';
import { Problem } from '../errors.ts';
import { recordEvents } from '../events/record-events.ts';
import type { OnceAnswer } from '../idempotency/run-once.ts';
import {
  type HoldId,
  newId,
  type PaymentId,
  type PerformanceId,
  type Points,
  type ReservationId,
  type UserId,
} from '../ids.ts';
import { logger } from '../log.ts';
import { endAdmission } from '../queue/end-admission.ts';
import type { RedisClient } from '../redis/client.ts';
import type { HoldStatus } from '../seats/hold.ts';
import { type LockedHold, lockHold } from '../seats/lock-hold.ts';
import { lockSeats } from '../seats/lock-seats.ts';
import { sellSeats } from '../seats/sell-seats.ts';
import { changeWalletOnce, type WalletServices } from '../wallet/change-wallet-once.ts';
import { debitWallet } from '../wallet/debit-wallet.ts';
import { lockWallet } from '../wallet/lock-wallet.ts';
import { recordTransfer } from '../wallet/record-transfer.ts';

export interface PaymentRequest {
  readonly userId: UserId;
  readonly holdId: HoldId;
  readonly idempotencyKey: string;
  readonly requestId: string;
}

const makeRoomWithinMs = 300;

export interface PaymentServices extends WalletServices {
  readonly redis: RedisClient;
}

/**
 * Pays a hold with points, once: `{ paymentId, reservationId, seatIds, amount, balance }`.
 *
 * One transaction under the wallet's lock. Rows are locked in the one written order, key → wallet → hold →
 * seats by id, and whether the hold is over is decided by the database's clock when all of them are.
 * The payment ends the admission, after COMMIT.
 *
 * @throws Problem `not-found`, `insufficient-points`, `hold-expired`, `hold-released`, `hold-paid`, and what
 *   `changeWalletOnce` throws
 */
export async function payHold(services: PaymentServices, request: PaymentRequest): Promise<OnceAnswer> {
  const { userId, holdId, idempotencyKey: key, requestId } = request;
  const keyed = { userId, operation: 'payment', key, content: { holdId }, requestId } as const;
  let paidPerformanceId: PerformanceId | undefined;
  const answer = await changeWalletOnce(services, keyed, async (tx, fence) => {
    const available = await lockWallet(tx, userId, fence);
    const hold = await lockHold(tx, userId, holdId);
    refuseEnded(hold.status);
    await lockSeats(tx, hold.seat_ids);
    const balance = await debitWallet(tx, userId, hold.amount);
    if (balance === undefined) throw insufficientPoints(available, hold.amount);
    paidPerformanceId = hold.performance_id;
    return writePayment(tx, hold, balance);
  });
  if (answer.status === 201 && !answer.replayed && paidPerformanceId !== undefined) {
    await makeRoom(services.redis, { performanceId: paidPerformanceId, userId });
  }
  return answer;
}

function refuseEnded(status: HoldStatus): void {
  if (status === 'paid') throw new Problem('hold-paid', 'This hold was paid already.');
  if (status === 'released') throw new Problem('hold-released', 'This hold was released.');
  if (status === 'expired') throw holdExpired();
}

const holdExpired = () => new Problem('hold-expired', 'This hold is over; nothing was paid.');

const insufficientPoints = (balance: number, amount: number) =>
  new Problem('insufficient-points', 'Charge points and pay again, with another key.', { balance, amount });

/** Everything that a payment leaves behind but the debit. Seven statements, none of which can wait. */
async function writePayment(tx: Tx, hold: LockedHold, balance: Points): Promise<object> {
  const { hold_id: holdId, performance_id: performanceId, user_id: userId, seat_ids: seatIds, amount } = hold;
  const reservationId = newId<ReservationId>();
  const paymentId = newId<PaymentId>();
  await insertReservation(tx, hold, reservationId);
  const sold = await sellSeats(tx, holdId, reservationId);
  if (sold.length < seatIds.length) throw holdExpired();
  await insertReservationSeats(tx, hold, reservationId);
  await tx
    .updateTable('holds')
    .set({ status: 'paid', ended_at: sql<Date>`least(clock_timestamp(), expires_at)` })
    .where('hold_id', '=', holdId)
    .executeTakeFirstOrThrow();
  await tx
    .insertInto('payments')
    .values({
      payment_id: paymentId,
      user_id: userId,
      hold_id: holdId,
      reservation_id: reservationId,
      amount,
    })
    .execute();
  await recordTransfer(tx, {
    userId,
    kind: 'payment',
    amountPoints: -amount,
    balanceAfter: balance,
    referenceId: paymentId,
  });
  await recordEvents(
    tx,
    sold.map(({ seatId, version, price }) => ({
      type: 'reservation.completed',
      data: { seatId, performanceId, userId, version, holdId, reservationId, amount: price },
    })),
  );
  return { paymentId, reservationId, seatIds, amount, balance };
}

const insertReservation = (tx: Tx, hold: LockedHold, reservationId: ReservationId) =>
  tx
    .insertInto('reservations')
    .values({
      reservation_id: reservationId,
      performance_id: hold.performance_id,
      user_id: hold.user_id,
      hold_id: hold.hold_id,
      seat_ids: hold.seat_ids,
      amount: hold.amount,
      status: 'confirmed',
    })
    .execute();

/**
 * The unique index over these rows is what makes a seat sold twice impossible to write. They come after the
 * seats: a hold that ended meanwhile is told so by its seats, not by the index.
 */
const insertReservationSeats = (tx: Tx, hold: LockedHold, reservationId: ReservationId) =>
  tx
    .insertInto('reservation_seats')
    .values(hold.seat_ids.map((seat_id) => ({ reservation_id: reservationId, seat_id })))
    .execute();

/** Ends the admission; when Redis is away or hangs it ends at its own time. */
async function makeRoom(redis: RedisClient, place: Parameters<typeof endAdmission>[1]): Promise<void> {
  try {
    await within(makeRoomWithinMs, endAdmission(redis, place));
  } catch (cause) {
    logger.warn('An admission left to its end', { performanceId: place.performanceId, cause });
  }
}
