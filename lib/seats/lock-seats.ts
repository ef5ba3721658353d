import type { Tx } from '../db/transaction.ts';
import type { SeatId } from '../ids.ts';

/**
 * Locks the rows of seats until the transaction ends, in the order of their ids, so that two transactions
 * never wait for each other. A statement of its own: one that comes after it sees the rows, and the clock, as
 * they are once every wait is over.
 */
export async function lockSeats(tx: Tx, seatIds: readonly SeatId[]): Promise<void> {
  await tx
    .selectFrom('seats')
    .select('seat_id')
    .where('seat_id', 'in', seatIds)
    .orderBy('seat_id')
    .forNoKeyUpdate()
    .execute();
}
