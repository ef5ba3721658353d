import type { Invariant } from '../invariant.ts';

/** The projection has caught up: each seat that had an event is in the map with the version and state of its row. */
export const seatMapAgrees: Invariant = {
  name: 'seat-map-agrees',
  claim: 'the seat map has caught up with the seats',
  async judge({ database, performanceIds }) {
    const { rows } = await database.query<{
      seat_id: string;
      status: string;
      version: number;
      shown: string | null;
    }>(
      `SELECT s.seat_id, s.status, s.version, m.status || ' at ' || m.version AS shown
         FROM seats s LEFT JOIN seat_map m USING (seat_id)
        WHERE s.performance_id = ANY($1) AND s.version > 0`,
      [performanceIds],
    );
    return {
      judged: rows.length,
      counted: `${rows.length} seats with events`,
      violations: rows
        .filter(({ status, version, shown }) => shown !== `${status} at ${version}`)
        .map(
          ({ seat_id, status, version, shown }) =>
            `seat ${seat_id} is ${status} at ${version}, the map says ${shown ?? 'nothing'}`,
        ),
    };
  },
};
