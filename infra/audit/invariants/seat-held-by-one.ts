import { countOf, findFaults } from '../find-faults.ts';
import type { Invariant } from '../invariant.ts';

/**
 * A hold has its seats from `created_at` until it ended or expired, extended or not; a paid one keeps them until the
 * reservation is cancelled. No two such intervals of one seat may overlap.
 */
export const seatHeldByOne: Invariant = {
  name: 'seat-held-by-one',
  claim: 'no two holds have one seat at the same time, nor a hold a seat that is sold',
  async judge(evidence) {
    const { holds, seats } = await countOf<'holds' | 'seats'>(
      evidence,
      `SELECT count(DISTINCT hold_id) AS holds, count(DISTINCT seat_id) AS seats
         FROM holds CROSS JOIN unnest(seat_ids) AS seat_id WHERE performance_id = ANY($1)`,
      [evidence.performanceIds],
    );
    const faults = await findFaults<{ seat_id: string; hold_id: string; held: string }>(evidence, overlaps, [
      evidence.performanceIds,
    ]);
    return {
      judged: holds,
      counted: `${holds} holds on ${seats} seats`,
      violations: faults.map(
        ({ seat_id, hold_id, held }) =>
          `seat ${seat_id} was taken by hold ${hold_id} (${held}) while it was another's`,
      ),
    };
  },
};

const overlaps = `
  WITH claims AS (
    SELECT unnest(h.seat_ids) AS seat_id, h.hold_id, h.created_at AS from_at,
           CASE WHEN h.status <> 'paid' THEN least(h.ended_at, h.expires_at)
                WHEN r.status = 'cancelled' THEN (SELECT max(s.cancelled_at) FROM reservation_seats s
                                                   WHERE s.reservation_id = r.reservation_id)
                ELSE 'infinity' END AS until_at
      FROM holds h LEFT JOIN reservations r ON r.hold_id = h.hold_id
     WHERE h.performance_id = ANY($1)
  )
  SELECT seat_id, hold_id, from_at || ' to ' || until_at AS held FROM (
    SELECT claims.*, max(until_at) OVER (PARTITION BY seat_id ORDER BY from_at, until_at
                     ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS taken_until
      FROM claims) AS judged
   WHERE taken_until > from_at`;
