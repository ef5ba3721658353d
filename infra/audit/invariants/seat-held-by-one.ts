import type { Invariant } from '../invariant.ts';

/**
 * A hold has its seats from `created_at` until it ended or expired; a paid one keeps them until the reservation
 * is cancelled. No two such intervals of one seat may overlap.
 */
export const seatHeldByOne: Invariant = {
  name: 'seat-held-by-one',
  claim: 'no two holds have one seat at the same time, nor a hold a seat that is sold',
  async judge({ database, performanceIds }) {
    const { rows } = await database.query<{
      seat_id: string;
      hold_id: string;
      held: string;
      overlaps: boolean;
    }>(
      `WITH claims AS (
         SELECT unnest(h.seat_ids) AS seat_id, h.hold_id, h.created_at AS from_at,
                CASE WHEN h.status <> 'paid' THEN least(h.ended_at, h.expires_at)
                     ELSE coalesce((SELECT max(s.cancelled_at) FROM reservation_seats s
                                     WHERE s.reservation_id = r.reservation_id), 'infinity') END AS until_at
           FROM holds h LEFT JOIN reservations r ON r.hold_id = h.hold_id
          WHERE h.performance_id = ANY($1)
       )
       SELECT seat_id, hold_id, from_at || ' to ' || until_at AS held,
              coalesce(max(until_at) OVER (PARTITION BY seat_id ORDER BY from_at, until_at
                       ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) > from_at, false) AS overlaps
         FROM claims`,
      [performanceIds],
    );
    const seats = new Set(rows.map(({ seat_id }) => seat_id));
    const holds = new Set(rows.map(({ hold_id }) => hold_id));
    return {
      judged: rows.length,
      counted: `${holds.size} holds on ${seats.size} seats`,
      violations: rows
        .filter(({ overlaps }) => overlaps)
        .map(
          ({ seat_id, hold_id, held }) =>
            `seat ${seat_id} was taken by hold ${hold_id} (${held}) while it was another's`,
        ),
    };
  },
};
