/*
 * Broken on purpose: sells the seats of a hold without comparing its end with the clock.
 */
import type { Tx } from '../../../../../lib/db/transaction.ts';
import type { HoldId, ReservationId, SeatId } from '../../../../../lib/ids.ts';

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
    .returning(['seat_id', 'version', 'price'])
    .execute();
  return rows.map((row) => ({ seatId: row.seat_id, version: row.version, price: row.price }));
}
