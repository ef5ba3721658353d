import { sql } from 'kysely';
import type { Tx } from '../db/transaction.ts';
import { within } from '../deadline.ts';
import { Problem } from '../errors.ts';
import { recordEvents } from '../events/record-events.ts';
import type { OnceAnswer } from '../idempotency/run-once.ts';
import type { ReservationId, UserId } from '../ids.ts';
import type { Lock } from '../lock/lock.ts';
import { logger } from '../log.ts';
import { freeLocks } from '../seats/free-locks.ts';
import { unsellSeats } from '../seats/unsell-seats.ts';
import { changeWalletOnce, type WalletServices } from '../wallet/change-wallet-once.ts';
import { lockWallet } from '../wallet/lock-wallet.ts';
import { recordTransfer } from '../wallet/record-transfer.ts';
import { refundWallet } from '../wallet/refund-wallet.ts';
import { type LockedReservation, lockReservation } from './lock-reservation.ts';

export interface CancellationRequest {
  readonly userId: UserId;
  readonly reservationId: ReservationId;
  readonly idempotencyKey: string;
  readonly requestId: string;
}

export interface CancellationServices extends WalletServices {
  readonly seatLock: Lock;
}

const freeLocksWithinMs = 300;

/**
 * Cancels a reservation before its performance begins and gives the points back, once:
 * `{ reservationId, refunded, balance }`. The seats are free again at once, for anybody.
 *
 * One transaction under the wallet's lock. Rows are locked in the one written order, key → wallet → seats by id →
 * reservation, and whether the performance has begun is decided by the database's clock when all of them are. The
 * locks of the hold that was paid are freed in Redis after COMMIT.
 *
 * @throws Problem `not-found`, `already-cancelled`, `performance-started`, and what `changeWalletOnce` throws
 */
export async function cancelReservation(
  services: CancellationServices,
  request: CancellationRequest,
): Promise<OnceAnswer> {
  const { userId, reservationId, idempotencyKey: key, requestId } = request;
  const content = { reservationId };
  const keyed = { userId, operation: 'cancellation', key, content, requestId } as const;
  let cancelled: LockedReservation | undefined;
  const answer = await changeWalletOnce(services, keyed, async (tx, fence) => {
    cancelled = undefined;
    await lockWallet(tx, userId, fence);
    const reservation = await lockReservation(tx, userId, reservationId);
    const result = await writeCancellation(tx, reservation);
    cancelled = reservation;
    return result;
  });
  if (cancelled !== undefined) await freeSeatLocks(services.seatLock, cancelled);
  return answer;
}

/** Everything that a cancellation leaves behind. Six statements, none of which can wait. */
async function writeCancellation(tx: Tx, reservation: LockedReservation): Promise<object> {
  const { reservation_id: reservationId, user_id: userId, amount, payment_id: referenceId } = reservation;
  if (reservation.status === 'cancelled') {
    throw new Problem(
      'already-cancelled',
      'This reservation was cancelled before, and its points given back.',
    );
  }
  if (!(await markCancelled(tx, reservationId))) {
    throw new Problem('performance-started', 'A reservation can be cancelled until the performance begins.');
  }
  const freed = await unsellSeats(tx, reservationId);
  if (freed.length < reservation.seat_ids.length)
    throw new Error('a confirmed seat is not sold to its reservation');
  await tx
    .updateTable('reservation_seats')
    .set({ cancelled_at: sql<Date>`clock_timestamp()` })
    .where('reservation_id', '=', reservationId)
    .execute();
  const balance = await refundWallet(tx, userId, amount);
  await recordTransfer(tx, {
    userId,
    kind: 'refund',
    amountPoints: amount,
    balanceAfter: balance,
    referenceId,
  });
  const { performance_id: performanceId, hold_id: holdId } = reservation;
  await recordEvents(
    tx,
    freed.map(({ seatId, version, price }) => ({
      type: 'reservation.cancelled',
      data: { seatId, performanceId, userId, version, holdId, reservationId, amount: price },
    })),
  );
  return { reservationId, refunded: amount, balance };
}

/** @returns false when the performance has begun, and nothing was changed */
async function markCancelled(tx: Tx, reservationId: ReservationId): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('reservations')
    .from('performances')
    .set({ status: 'cancelled' })
    .whereRef('performances.performance_id', '=', 'reservations.performance_id')
    .where('reservations.reservation_id', '=', reservationId)
    .where('performances.starts_at', '>', sql<Date>`clock_timestamp()`)
    .executeTakeFirstOrThrow();
  return numUpdatedRows === 1n;
}

/** A hold that was paid has left its locks to their end, which may lie an hour ahead. */
async function freeSeatLocks(lock: Lock, reservation: LockedReservation): Promise<void> {
  const { performance_id: performanceId, seat_ids: seatIds, hold_id: token } = reservation;
  try {
    await within(freeLocksWithinMs, freeLocks(lock, performanceId, seatIds, token));
  } catch (cause) {
    logger.warn('The locks of a cancelled reservation left to their end', { performanceId, seatIds, cause });
  }
}
