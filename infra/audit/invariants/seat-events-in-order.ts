import type { Pool } from 'pg';
import type { Evidence, Invariant } from '../invariant.ts';
import { SeatHistories } from '../seat-history.ts';

/**
 * Per seat, the first delivery of each version comes as 1, 2, 3 …, each event following from the one before, up to the
 * version of the seat's row; a repeat has the id of the first delivery; all records of a seat lie on one partition,
 * under the seat as their key. Where things go on, the topic may lack what still stands in the outbox, and may have
 * what happened since the snapshot.
 */
export const seatEventsInOrder: Invariant = {
  name: 'seat-events-in-order',
  claim: 'on the topic each seat counts 1, 2, 3 … without gap and in order, on one partition',
  async judge({ database, current, readRecords, performanceIds }) {
    const least = await readVersions(database, performanceIds);
    const histories = new SeatHistories(performanceIds);
    const { isWhole } = await readRecords((record) => histories.take(record));
    const most = await readVersions(current, performanceIds);
    const violations = [...histories.faults];
    if (isWhole) {
      violations.push(...histories.begunLate().map((seatId) => `seat ${seatId} lacks its first events`));
    }
    for (const [seatId, { version, published }] of least) {
      const last = histories.lastVersionOf(seatId);
      // The retention may have taken all that was told of a seat.
      if (last === 0 && !isWhole) continue;
      if (last < published || last > (most.get(seatId)?.version ?? 0))
        violations.push(`seat ${seatId} is at version ${version}, the topic at ${last}`);
    }
    const { events, text } = histories.counted();
    return { judged: events, counted: isWhole ? text : `${text}, older ones are gone`, violations };
  },
};

/** The version of each seat, and how far its events are published for certain. */
async function readVersions(
  database: Pick<Pool, 'query'>,
  performanceIds: Evidence['performanceIds'],
): Promise<Map<string, { readonly version: number; readonly published: number }>> {
  const { rows } = await database.query<{ seat_id: string; version: number; published: number }>(
    `SELECT seat_id, version, version - coalesce(waiting, 0)::int AS published
       FROM seats LEFT JOIN (
         SELECT key, count(*) AS waiting FROM outbox
          WHERE published_at IS NULL AND topic = 'reservation-events' GROUP BY key) AS unpublished ON key = seat_id
      WHERE performance_id = ANY($1)`,
    [performanceIds],
  );
  return new Map(rows.map(({ seat_id, version, published }) => [seat_id, { version, published }]));
}
