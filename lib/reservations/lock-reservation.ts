import type { Selectable } from 'kysely';
import type { Database } from '../db/schema.ts';
import type { Tx } from '../db/transaction.ts';
import { Problem } from '../errors.ts';
import type { PaymentId, ReservationId, UserId } from '../ids.ts';
import { lockSeats } from '../seats/lock-seats.ts';

/** A reservation and the payment that it came from. */
export type LockedReservation = Selectable<Database['reservations']> & { readonly payment_id: PaymentId };

/**
 * Locks the seats of a reservation of one's own and then its row until the transaction ends. Three statements: the
 * first reads, unlocked, which seats these are; that never changes.
 *
 * @throws Problem `not-found`, also for somebody else's
 */
export async function lockReservation(
  tx: Tx,
  userId: UserId,
  reservationId: ReservationId,
): Promise<LockedReservation> {
  const own = tx
    .selectFrom('reservations')
    .innerJoin('payments', 'payments.reservation_id', 'reservations.reservation_id')
    .selectAll('reservations')
    .select('payments.payment_id')
    .where('reservations.reservation_id', '=', reservationId)
    .where('reservations.user_id', '=', userId);
  const found = await own.executeTakeFirst();
  if (found === undefined) throw new Problem('not-found', 'There is no such reservation.');
  await lockSeats(tx, found.seat_ids);
  return own.forNoKeyUpdate('reservations').executeTakeFirstOrThrow();
}
