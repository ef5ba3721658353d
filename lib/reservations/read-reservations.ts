import { callDatabase } from '../db/call-database.ts';
import type { Db } from '../db/client.ts';
import { Problem } from '../errors.ts';
import type { ReservationId, UserId } from '../ids.ts';
import { type Page, type PageRequest, toPage } from '../page.ts';
import type { Reservation } from './reservation.ts';

/** A user's reservations, newest first, with their tickets. Two SELECTs. */
export async function listReservations(
  db: Db,
  userId: UserId,
  page: PageRequest,
): Promise<Page<Reservation>> {
  const rows = await callDatabase(() =>
    reservationsOf(db, userId)
      .where('sequence', '<', page.before)
      .orderBy('sequence', 'desc')
      .limit(page.limit + 1)
      .execute(),
  );
  const reservations = await withTickets(db, rows);
  return toPage(
    reservations,
    page,
    ({ sequence }) => sequence,
    ({ reservation }) => reservation,
  );
}

/**
 * A reservation of one's own with its tickets. Two SELECTs.
 *
 * @throws Problem `not-found`, also for somebody else's
 */
export async function findReservation(
  db: Db,
  userId: UserId,
  reservationId: ReservationId,
): Promise<Reservation> {
  const rows = await callDatabase(() =>
    reservationsOf(db, userId).where('reservation_id', '=', reservationId).execute(),
  );
  const [found] = await withTickets(db, rows);
  if (found === undefined) throw new Problem('not-found', 'There is no such reservation.');
  return found.reservation;
}

const reservationsOf = (db: Db, userId: UserId) =>
  db
    .selectFrom('reservations')
    .select(['reservation_id', 'sequence', 'performance_id', 'seat_ids', 'amount', 'status'])
    .where('user_id', '=', userId);

type Row = Awaited<ReturnType<ReturnType<typeof reservationsOf>['execute']>>[number];

async function withTickets(
  db: Db,
  rows: readonly Row[],
): Promise<{ readonly sequence: number; readonly reservation: Reservation }[]> {
  if (rows.length === 0) return [];
  const tickets = await callDatabase(() =>
    db
      .selectFrom('tickets')
      .select(['ticket_id', 'seat_id', 'reservation_id'])
      .where(
        'reservation_id',
        'in',
        rows.map((row) => row.reservation_id),
      )
      .orderBy('seat_id')
      .execute(),
  );
  return rows.map((row) => ({
    sequence: row.sequence,
    reservation: {
      reservationId: row.reservation_id,
      performanceId: row.performance_id,
      seatIds: row.seat_ids,
      amount: row.amount,
      status: row.status,
      // The rows stay, and one may still be issued; what is shown is what opens a door.
      tickets: tickets
        .filter((ticket) => row.status === 'confirmed' && ticket.reservation_id === row.reservation_id)
        .map((ticket) => ({ ticketId: ticket.ticket_id, seatId: ticket.seat_id })),
    },
  }));
}
