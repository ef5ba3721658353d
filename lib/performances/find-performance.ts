import { callDatabase } from '../db/call-database.ts';
import type { Db } from '../db/client.ts';
import { Problem } from '../errors.ts';
import type { PerformanceId } from '../ids.ts';
import { type Performance, readAt, toPerformance } from './performance.ts';

/**
 * A performance as it is now. One SELECT.
 *
 * @throws Problem `not-found`
 */
export async function findPerformance(db: Db, performanceId: PerformanceId): Promise<Performance> {
  const row = await callDatabase(() =>
    db
      .selectFrom('performances')
      .selectAll()
      .select(readAt)
      .where('performance_id', '=', performanceId)
      .executeTakeFirst(),
  );
  if (row === undefined) throw new Problem('not-found', 'There is no such performance.');
  return toPerformance(row);
}
