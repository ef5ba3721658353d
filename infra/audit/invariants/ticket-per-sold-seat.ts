import { countOf, findFaults } from '../find-faults.ts';
import type { Invariant } from '../invariant.ts';

/**
 * Each seat of a confirmed reservation has one ticket of that reservation, each seat of a cancelled one at most one,
 * and no other seat has any. A reservation younger than what may be under way may still wait for its tickets.
 */
export const ticketPerSoldSeat: Invariant = {
  name: 'ticket-per-sold-seat',
  claim: 'each sold seat has exactly one ticket',
  async judge(evidence) {
    const { performanceIds, graceMs } = evidence;
    const { seats, tickets } = await countOf<'seats' | 'tickets'>(
      evidence,
      `SELECT coalesce(sum(cardinality(seat_ids)) FILTER (WHERE status = 'confirmed'), 0) AS seats,
              (SELECT count(*) FROM tickets JOIN reservations USING (reservation_id)
                WHERE performance_id = ANY($1)) AS tickets
         FROM reservations WHERE performance_id = ANY($1)`,
      [performanceIds],
    );
    const faults = await findFaults<{ seat_id: string; reservation_id: string; tickets: number }>(
      evidence,
      `WITH sold AS (
         SELECT reservation_id, unnest(seat_ids) AS seat_id,
                status = 'confirmed' AND ($2::float8 = 0 OR created_at <= now() - make_interval(secs => $2)) AS is_due
           FROM reservations WHERE performance_id = ANY($1)
       ), issued AS (
         SELECT reservation_id, seat_id, count(*)::int AS tickets FROM tickets JOIN reservations USING (reservation_id)
          WHERE performance_id = ANY($1) GROUP BY reservation_id, seat_id
       )
       SELECT seat_id, reservation_id, coalesce(tickets, 0) AS tickets
         FROM sold FULL JOIN issued USING (reservation_id, seat_id)
        WHERE is_due IS NULL OR tickets > 1 OR (is_due AND tickets IS NULL)`,
      [performanceIds, graceMs / 1_000],
    );
    return {
      judged: seats,
      counted: `${seats} seats, ${tickets} tickets`,
      violations: faults.map(
        ({ seat_id, reservation_id, tickets: found }) =>
          `seat ${seat_id} has ${found} tickets of reservation ${reservation_id}`,
      ),
    };
  },
};
