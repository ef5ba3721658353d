import { sql } from 'kysely';
import { callDatabase } from '../db/call-database.ts';
import type { Db } from '../db/client.ts';
import type { PerformanceId } from '../ids.ts';
import type { Hall } from '../performances/hall.ts';
import type { SeatRun } from './choose-seats.ts';

/** As many rows a SELECT as have about so many seats. */
const seatsPerSelect = 1_000;

/**
 * Free seats as runs of at least `count` side by side, from the stage to the back and from left to right: those of
 * the first rows that have a free seat. One SELECT, and one more for as many rows again while there is no such run.
 *
 * @returns none only when there is none in the whole hall
 */
export async function readFreeRuns(
  db: Db,
  { performanceId, seats }: Hall,
  count: number,
): Promise<readonly SeatRun[]> {
  const rowsPerSelect = Math.ceil(seatsPerSelect / seats.seatsPerRow);
  for (let fromRow = 0; ; ) {
    const runs = await callDatabase(() => readRows(db, performanceId, fromRow, rowsPerSelect));
    const wideEnough = runs.filter(({ first, last }) => last - first + 1 >= count);
    const lastRow = runs.at(-1)?.rowIndex;
    if (wideEnough.length > 0 || lastRow === undefined) return wideEnough;
    // Each SELECT begins behind the last row of the one before it, and a hall has an end.
    fromRow = lastRow + 1;
  }
}

/**
 * All runs of free seats in the first so many rows that begin with one that has any; what an expired hold has is
 * free. That row is found by its index, past everything that is sold.
 */
async function readRows(db: Db, performanceId: PerformanceId, fromRow: number, rowCount: number) {
  const { rows } = await sql<SeatRun>`
    WITH front AS MATERIALIZED (
      SELECT least(
        (SELECT min(row_index) FROM seats
          WHERE performance_id = ${performanceId} AND row_index >= ${fromRow} AND status = 'available'),
        (SELECT min(row_index) FROM seats
          WHERE performance_id = ${performanceId} AND row_index >= ${fromRow} AND status = 'held' AND held_until <= now())
      ) AS row
    ), free AS (
      -- Seats side by side differ by the same number from their rank among the free ones of their row.
      SELECT row_index, number, number - row_number() OVER (PARTITION BY row_index ORDER BY number) AS run
      FROM seats
      WHERE performance_id = ${performanceId}
        AND row_index BETWEEN (SELECT row FROM front) AND (SELECT row FROM front) + ${rowCount - 1}::integer
        AND (status = 'available' OR (status = 'held' AND held_until <= now()))
    )
    SELECT row_index AS "rowIndex", min(number) AS first, max(number) AS last FROM free
    GROUP BY row_index, run ORDER BY row_index, run`.execute(db);
  return rows;
}
