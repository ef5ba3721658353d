import { countOf, findFaults } from '../find-faults.ts';
import type { Invariant } from '../invariant.ts';

/**
 * The projection has caught up: each seat that had an event is in the map with the version and state of its row. It may
 * be behind on seats whose last event is younger than what may be under way, and is never ahead.
 */
export const seatMapAgrees: Invariant = {
  name: 'seat-map-agrees',
  claim: 'the seat map has caught up with the seats',
  async judge(evidence) {
    const { performanceIds, graceMs } = evidence;
    const { seats } = await countOf<'seats'>(
      evidence,
      'SELECT count(*) AS seats FROM seats WHERE performance_id = ANY($1) AND version > 0',
      [performanceIds],
    );
    const faults = await findFaults<{
      seat_id: string;
      status: string;
      version: number;
      shown: string | null;
    }>(
      evidence,
      `SELECT s.seat_id, s.status, s.version, m.status || ' at ' || m.version AS shown
         FROM seats s LEFT JOIN seat_map m USING (seat_id)
        WHERE s.performance_id = ANY($1) AND s.version > 0 AND (m.status, m.version) IS DISTINCT FROM (s.status, s.version)
          AND NOT ($2::float8 > 0 AND coalesce(m.version, 0) < s.version AND s.seat_id IN (
            SELECT key FROM outbox WHERE created_at > now() - make_interval(secs => $2)))`,
      [performanceIds, graceMs / 1_000],
    );
    return {
      judged: seats,
      counted: `${seats} seats with events`,
      violations: faults.map(
        ({ seat_id, status, version, shown }) =>
          `seat ${seat_id} is ${status} at ${version}, the map says ${shown ?? 'nothing'}`,
      ),
    };
  },
};
