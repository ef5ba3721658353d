import { countOf, findFaults } from '../find-faults.ts';
import type { Invariant } from '../invariant.ts';

/** Confirmed reservations, their rows a seat, and the seats themselves tell the same story, each seat once. */
export const seatSoldOnce: Invariant = {
  name: 'seat-sold-once',
  claim: 'no seat is in two reservations that are not cancelled',
  async judge(evidence) {
    const { seats } = await countOf<'seats'>(evidence, `${claimed} SELECT count(*) AS seats FROM claimed`, [
      evidence.performanceIds,
    ]);
    const faults = await findFaults<{ seat_id: string; sales: number; listed: number; agrees: boolean }>(
      evidence,
      wrongSeats,
      [evidence.performanceIds],
    );
    const violations = faults.flatMap(({ seat_id, sales, listed, agrees }) => [
      ...(sales > 1 ? [`seat ${seat_id} is in ${sales} confirmed reservations`] : []),
      ...(listed === 1 ? [] : [`seat ${seat_id} has ${listed} live rows in reservation_seats`]),
      ...(agrees ? [] : [`seat ${seat_id} is not sold to the reservation that names it`]),
    ]);
    return { judged: seats, counted: `${seats} sold seats`, violations };
  },
};

const claimed = `
  WITH sales AS (
    SELECT unnest(seat_ids) AS seat_id, reservation_id FROM reservations
     WHERE status = 'confirmed' AND performance_id = ANY($1)
  ), sold AS (
    SELECT seat_id, reservation_id FROM seats WHERE status = 'sold' AND performance_id = ANY($1)
  ), listed AS (
    SELECT seat_id, reservation_id FROM reservation_seats JOIN reservations USING (reservation_id)
     WHERE cancelled_at IS NULL AND performance_id = ANY($1)
  ), claimed AS (
    SELECT seat_id FROM sales UNION SELECT seat_id FROM sold UNION SELECT seat_id FROM listed
  )`;

const wrongSeats = `${claimed}
  SELECT * FROM (
    SELECT seat_id, (SELECT count(*)::int FROM sales a WHERE a.seat_id = claimed.seat_id) AS sales,
           (SELECT count(*)::int FROM listed l WHERE l.seat_id = claimed.seat_id) AS listed,
           coalesce((SELECT bool_and(a.reservation_id = s.reservation_id)
                       FROM sales a LEFT JOIN sold s USING (seat_id) WHERE a.seat_id = claimed.seat_id), false) AS agrees
      FROM claimed) AS judged
   WHERE sales <> 1 OR listed <> 1 OR NOT agrees`;
