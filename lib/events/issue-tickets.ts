import { createHash } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { Database } from '../db/schema.ts';
import type { ReservationId, SeatId } from '../ids.ts';

/** A seat of a reservation, for which there is one ticket. */
export interface TicketSeat {
  readonly reservationId: ReservationId;
  readonly seatId: SeatId;
}

/**
 * Issues the tickets that are missing. One INSERT.
 *
 * @returns how many there were
 */
export async function issueTickets(db: Kysely<Database>, seats: readonly TicketSeat[]): Promise<number> {
  if (seats.length === 0) return 0;
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('tickets')
    .values(
      seats.map((seat) => ({
        ticket_id: ticketIdOf(seat),
        reservation_id: seat.reservationId,
        seat_id: seat.seatId,
      })),
    )
    .onConflict((conflict) => conflict.columns(['reservation_id', 'seat_id']).doNothing())
    .executeTakeFirstOrThrow();
  return Number(numInsertedOrUpdatedRows ?? 0n);
}

/** Made from what the ticket is for, so that one that was lost is issued again as it was. */
function ticketIdOf({ reservationId, seatId }: TicketSeat): string {
  return createHash('sha256').update(`${reservationId} ${seatId}`).digest('hex').slice(0, 32);
}
