import { sql } from 'kysely';
import type { Tx } from '../db/transaction.ts';
import type { PerformanceId, SeatId, UserId } from '../ids.ts';
import { countSeats } from '../seats/count-seats.ts';
import { lockSeats } from '../seats/lock-seats.ts';
import { lockHolder } from '../seats/write-hold.ts';
import type { RejectionReason } from './reservation-request.ts';

export interface RequestToJudge {
  readonly performanceId: PerformanceId;
  readonly seatId: SeatId;
  readonly userId: UserId;
  readonly maxSeatsPerUser: number;
}

/** The seat is free for this person, and what its next hold has as its fence. */
export interface Admissible {
  readonly fence: number;
}

/**
 * Whether a seat can be had now, and if not why, in the order of the contract: an own held seat, then the limit,
 * then the seat. Locks the person and the seat until the transaction ends, so that the answer lasts as long.
 * Four statements.
 *
 * The fence is the one after the seat's last, whatever made that: it grows by the row lock, and stays below what a
 * lock in Redis gives next, since that counts microseconds.
 */
export async function judgeRequest(
  tx: Tx,
  request: RequestToJudge,
): Promise<Admissible | { readonly reason: RejectionReason }> {
  const { performanceId, seatId, userId, maxSeatsPerUser } = request;
  await lockHolder(tx, request);
  await lockSeats(tx, [seatId]);
  const seat = await readSeat(tx, request);
  if (seat.own) return { reason: 'seat-unavailable' };
  if ((await countSeats(tx, performanceId, userId)) >= maxSeatsPerUser) return { reason: 'seat-limit' };
  return seat.taken ? { reason: 'seat-unavailable' } : { fence: seat.fence + 1 };
}

async function readSeat(tx: Tx, { seatId, userId }: RequestToJudge) {
  const held = sql<boolean>`coalesce(seats.held_until > clock_timestamp(), false)`;
  return tx
    .selectFrom('seats')
    .leftJoin('holds', 'holds.hold_id', 'seats.hold_id')
    .select('seats.fence')
    .select(sql<boolean>`(seats.status = 'sold' OR ${held})`.as('taken'))
    .select(sql<boolean>`(${held} AND holds.user_id = ${userId})`.as('own'))
    .where('seats.seat_id', '=', seatId)
    .executeTakeFirstOrThrow();
}
