import type { Db } from '../db/client.ts';
import type { SeatStatus } from '../db/schema.ts';
import { inTransaction, type Tx } from '../db/transaction.ts';
import { issueTickets } from './issue-tickets.ts';
import type { SeatCloudEvent, SeatEventType } from './seat-event.ts';

const statusAfter = {
  'seat.held': 'held',
  'seat.released': 'available',
  'seat.expired': 'available',
  'reservation.completed': 'sold',
  'reservation.cancelled': 'available',
} as const satisfies Record<SeatEventType, SeatStatus>;

/**
 * Applies one event to the seat map and issues the ticket of a completed reservation, in one transaction.
 *
 * An event that comes again changes nothing: the seat's version on the map is the mark of what was applied,
 * written with the effect itself, and a reservation's seat has one ticket by a unique key. An event that was
 * set aside and is replayed late still issues its ticket, and never turns the map back.
 */
export async function applyEvent(db: Db, event: SeatCloudEvent): Promise<void> {
  await inTransaction(db, {}, async (tx) => {
    await updateSeatMap(tx, event);
    const { seatId, reservationId } = event.data;
    if (event.type === 'reservation.completed' && reservationId !== undefined) {
      await issueTickets(tx, [{ reservationId, seatId }]);
    }
  });
}

async function updateSeatMap(tx: Tx, { type, time, data }: SeatCloudEvent): Promise<void> {
  const seat = {
    performance_id: data.performanceId,
    status: statusAfter[type],
    hold_id: type === 'seat.held' ? (data.holdId ?? null) : null,
    version: data.version,
    changed_at: new Date(time),
  };
  await tx
    .insertInto('seat_map')
    .values({ seat_id: data.seatId, ...seat })
    .onConflict((conflict) =>
      conflict.column('seat_id').doUpdateSet(seat).where('seat_map.version', '<', data.version),
    )
    .execute();
}
