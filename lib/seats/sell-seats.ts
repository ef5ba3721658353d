import { sql } from 'kysely';
import type { Tx } from '../db/transaction.ts';
import type { HoldId, ReservationId, SeatId } from '../ids.ts';

/**
 * Sells the seats of a hold that is not over by the database's clock, in one conditional UPDATE. The caller
 * has locked the rows with `lockSeats`: the clock is read only after every wait.
 *
 * @returns the seats that were sold, with their new versions; fewer than the hold has when it is over, and
 *   then the caller has to roll back
 */
export async function sellSeats(
  tx: Tx,
  holdId: HoldId,
  reservationId: ReservationId,
): Promise<{ seatId: SeatId; version: number; price: number }[]> {
  const rows = await tx
    .updateTable('seats')
    .set((seat) => ({
      status: 'sold',
      reservation_id: reservationId,
      hold_id: null,
      held_until: null,
      version: seat('version', '+', 1),
    }))
    .where('hold_id', '=', holdId)
    .where('status', '=', 'held')
    .where('held_until', '>', sql<Date>`clock_timestamp()`)
    .returning(['seat_id', 'version', 'price'])
    .execute();
  return rows.map((row) => ({ seatId: row.seat_id, version: row.version, price: row.price }));
}
