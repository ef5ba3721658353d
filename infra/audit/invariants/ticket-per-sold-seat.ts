import type { Invariant } from '../invariant.ts';

/** Each seat of a confirmed reservation has one ticket of that reservation, and no other seat has one. */
export const ticketPerSoldSeat: Invariant = {
  name: 'ticket-per-sold-seat',
  claim: 'each sold seat has exactly one ticket',
  async judge({ database, performanceIds }) {
    const { rows } = await database.query<{ seat_id: string; sold: number; tickets: number }>(
      `WITH sold AS (
         SELECT reservation_id, unnest(seat_ids) AS seat_id FROM reservations
          WHERE status = 'confirmed' AND performance_id = ANY($1)
       ), issued AS (
         SELECT t.reservation_id, t.seat_id, t.ticket_id FROM tickets t JOIN reservations r USING (reservation_id)
          WHERE r.status = 'confirmed' AND r.performance_id = ANY($1)
       )
       SELECT seat_id, count(DISTINCT sold.reservation_id)::int AS sold, count(DISTINCT ticket_id)::int AS tickets
         FROM sold FULL JOIN issued USING (reservation_id, seat_id) GROUP BY seat_id`,
      [performanceIds],
    );
    return {
      judged: rows.length,
      counted: `${rows.length} seats, ${rows.reduce((sum, { tickets }) => sum + tickets, 0)} tickets`,
      violations: rows
        .filter(({ sold, tickets }) => sold !== 1 || tickets !== 1)
        .map(
          ({ seat_id, sold, tickets }) => `seat ${seat_id} was sold ${sold} times and has ${tickets} tickets`,
        ),
    };
  },
};
