import type { Invariant } from '../invariant.ts';

/** Confirmed reservations, their rows a seat, and the seats themselves tell the same story, each seat once. */
export const seatSoldOnce: Invariant = {
  name: 'seat-sold-once',
  claim: 'no seat is in two confirmed reservations',
  async judge({ database, performanceIds }) {
    const { rows } = await database.query<{
      seat_id: string;
      sales: number;
      listed: number;
      agrees: boolean;
    }>(
      `WITH sales AS (
         SELECT unnest(seat_ids) AS seat_id, reservation_id FROM reservations
          WHERE status = 'confirmed' AND performance_id = ANY($1)
       ), sold AS (
         SELECT seat_id, reservation_id FROM seats WHERE status = 'sold' AND performance_id = ANY($1)
       )
       SELECT seat_id,
              (SELECT count(*)::int FROM sales a WHERE a.seat_id = every.seat_id) AS sales,
              (SELECT count(*)::int FROM reservation_seats l
                WHERE l.seat_id = every.seat_id AND l.cancelled_at IS NULL) AS listed,
              coalesce((SELECT bool_and(a.reservation_id = s.reservation_id)
                          FROM sales a LEFT JOIN sold s USING (seat_id) WHERE a.seat_id = every.seat_id), false) AS agrees
         FROM (SELECT seat_id FROM sales UNION SELECT seat_id FROM sold) every`,
      [performanceIds],
    );
    const violations = rows.flatMap(({ seat_id, sales, listed, agrees }) => [
      ...(sales > 1 ? [`seat ${seat_id} is in ${sales} confirmed reservations`] : []),
      ...(listed === 1 ? [] : [`seat ${seat_id} has ${listed} live rows in reservation_seats`]),
      ...(agrees ? [] : [`seat ${seat_id} is not sold to the reservation that names it`]),
    ]);
    return { judged: rows.length, counted: `${rows.length} sold seats`, violations };
  },
};
