/*
 * Broken on purpose: gives the seats to the hold whatever they are, to whomever they belong, under any fence.
 */
import type { Tx } from '../../../../../lib/db/transaction.ts';
import type { SeatsToTake, TakenSeat } from '../../../../../lib/seats/take-seats.ts';

export type { SeatsToTake, TakenSeat };

export async function takeSeats(tx: Tx, wanted: SeatsToTake): Promise<TakenSeat[]> {
  const rows = await tx
    .updateTable('seats')
    .set((seat) => ({
      status: 'held',
      hold_id: wanted.holdId,
      held_until: wanted.expiresAt,
      fence: wanted.fence,
      version: seat('version', '+', 1),
    }))
    .where('seat_id', 'in', wanted.seatIds)
    .returning(['seat_id', 'version'])
    .execute();
  return rows.map(({ seat_id, version }) => ({ seatId: seat_id, version, expired: undefined }));
}
