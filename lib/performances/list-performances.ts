import { callDatabase } from '../db/call-database.ts';
import type { Db } from '../db/client.ts';
import { type Page, type PageRequest, toPage } from '../page.ts';
import { type Performance, readAt, toPerformance } from './performance.ts';

/** All performances, newest first. One SELECT. */
export async function listPerformances(db: Db, page: PageRequest): Promise<Page<Performance>> {
  const rows = await callDatabase(() =>
    db
      .selectFrom('performances')
      .selectAll()
      .select(readAt)
      .where('sequence', '<', page.before)
      .orderBy('sequence', 'desc')
      .limit(page.limit + 1)
      .execute(),
  );
  return toPage(rows, page, (row) => row.sequence, toPerformance);
}
