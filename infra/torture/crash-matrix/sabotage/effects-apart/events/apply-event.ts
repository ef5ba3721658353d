/*
 * Broken on purpose: takes an event that the seat map has for one that is done, though the ticket is issued behind it.
 * Killed in between, the ticket is never issued.
 */
import type { Db } from '../../../../../../lib/db/client.ts';
import { applyEvent as applyWhole } from '../../../../../../lib/events/apply-event.ts';
import { issueTickets } from '../../../../../../lib/events/issue-tickets.ts';
import type { SeatCloudEvent } from '../../../../../../lib/events/seat-event.ts';

export async function applyEvent(db: Db, event: SeatCloudEvent): Promise<void> {
  const { seatId, version, reservationId } = event.data;
  const seat = await db
    .selectFrom('seat_map')
    .select('version')
    .where('seat_id', '=', seatId)
    .executeTakeFirst();
  if (seat !== undefined && seat.version >= version) return;
  await applyWhole(db, { ...event, data: { ...event.data, reservationId: undefined } });
  if (event.type === 'reservation.completed' && reservationId !== undefined) {
    await issueTickets(db, [{ reservationId, seatId }]);
  }
}
