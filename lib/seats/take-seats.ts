import { sql } from 'kysely';
import type { Tx } from '../db/transaction.ts';
import type { HoldId, SeatId, UserId } from '../ids.ts';

/** Seats to be given to a hold. */
export interface SeatsToTake {
  readonly seatIds: readonly SeatId[];
  readonly holdId: HoldId;
  /** When, by the database's clock: the hold begins where the one before it is over. */
  readonly at: Date;
  readonly expiresAt: Date;
  /** A seat that has seen a higher one is not given: this request comes too late. */
  readonly fence: number;
}

/** A seat as it is after it was taken. */
export interface TakenSeat {
  readonly seatId: SeatId;
  readonly version: number;
  /** The hold whose expiry is noticed by this, and whose it was. */
  readonly expired: { readonly holdId: HoldId; readonly userId: UserId } | undefined;
}

/**
 * The last line against two holders of one seat: one conditional UPDATE that gives each seat that is free, or
 * whose hold is over, to the hold. A seat counts two events when it was found expired. The caller has locked
 * the rows with `lockSeats` and read the clock after it, so that no wait lies in between.
 *
 * @returns the seats that were taken; when fewer than were wanted, the caller has to roll back
 */
export async function takeSeats(tx: Tx, wanted: SeatsToTake): Promise<TakenSeat[]> {
  const { rows } = await sql<{
    seat_id: SeatId;
    version: number;
    expired_hold_id: HoldId | null;
    expired_user_id: UserId | null;
  }>`
    UPDATE seats SET
      status = 'held', hold_id = ${wanted.holdId}, held_until = ${wanted.expiresAt}, fence = ${wanted.fence},
      version = seats.version + CASE WHEN before.hold_id IS NULL THEN 1 ELSE 2 END
    FROM seats AS before LEFT JOIN holds ON holds.hold_id = before.hold_id
    WHERE seats.seat_id = ANY (${wanted.seatIds}::text[]) AND before.seat_id = seats.seat_id
      AND (seats.status = 'available' OR (seats.status = 'held' AND seats.held_until <= ${wanted.at}))
      AND seats.fence < ${wanted.fence}
    RETURNING seats.seat_id, seats.version, before.hold_id AS expired_hold_id, holds.user_id AS expired_user_id`.execute(
    tx,
  );
  return rows.map((row) => ({
    seatId: row.seat_id,
    version: row.version,
    expired:
      row.expired_hold_id === null || row.expired_user_id === null
        ? undefined
        : { holdId: row.expired_hold_id, userId: row.expired_user_id },
  }));
}
