import type { Tx } from '../db/transaction.ts';
import type { ReservationId, SeatId } from '../ids.ts';

/**
 * Makes the seats of a reservation available again. One UPDATE; the caller has locked the rows with `lockSeats`.
 *
 * @returns the seats, with their new versions
 */
export async function unsellSeats(
  tx: Tx,
  reservationId: ReservationId,
): Promise<{ seatId: SeatId; version: number; price: number }[]> {
  const rows = await tx
    .updateTable('seats')
    .set((seat) => ({ status: 'available', reservation_id: null, version: seat('version', '+', 1) }))
    .where('reservation_id', '=', reservationId)
    .returning(['seat_id', 'version', 'price'])
    .execute();
  return rows.map((row) => ({ seatId: row.seat_id, version: row.version, price: row.price }));
}
