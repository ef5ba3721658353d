import { sql } from 'kysely';
import type { Db } from '../db/client.ts';
import { inTransaction } from '../db/transaction.ts';
import { recordEvents } from '../events/record-events.ts';
import type { HoldId, PerformanceId, SeatId, UserId } from '../ids.ts';

const maxSeatsPerCall = 500;

/**
 * Notices seats whose hold is over: frees their rows and writes `seat.expired`. Nothing depends on it: every
 * reader compares `held_until` with now. It serves the seats that nobody asks for. One transaction with one
 * UPDATE of a bounded number of seats; those that somebody has locked just now are left to them.
 *
 * @returns how many seats were freed; call again while it is not 0
 */
export async function expireHolds(db: Db): Promise<number> {
  return inTransaction(db, {}, async (tx) => {
    const { rows } = await sql<{
      seat_id: SeatId;
      performance_id: PerformanceId;
      version: number;
      hold_id: HoldId;
      user_id: UserId;
    }>`
      WITH due AS MATERIALIZED (
        SELECT seat_id, hold_id FROM seats
        WHERE status = 'held' AND held_until <= clock_timestamp()
        ORDER BY seat_id LIMIT ${maxSeatsPerCall} FOR UPDATE SKIP LOCKED
      )
      UPDATE seats SET status = 'available', hold_id = NULL, held_until = NULL, version = seats.version + 1
      FROM due JOIN holds ON holds.hold_id = due.hold_id
      WHERE seats.seat_id = due.seat_id
      RETURNING seats.seat_id, seats.performance_id, seats.version, holds.hold_id, holds.user_id`.execute(tx);
    await recordEvents(
      tx,
      rows.map((row) => ({
        type: 'seat.expired',
        data: {
          seatId: row.seat_id,
          performanceId: row.performance_id,
          userId: row.user_id,
          version: row.version,
          holdId: row.hold_id,
        },
      })),
    );
    return rows.length;
  });
}
