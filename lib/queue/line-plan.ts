import { sql } from 'kysely';
import type { Tx } from '../db/transaction.ts';
import type { PerformanceId } from '../ids.ts';
import type { LinePlan } from './prepare-line.ts';

const keepAfterStartMs = 24 * 3_600_000;
const longestReturnSeconds = 30;

/**
 * Locks the performance and says what its line would be like if it were opened now.
 *
 * The first line gives tickets from 1. After a loss nobody knows the last ticket given, so a later line begins at
 * the age of the performance in microseconds: above every ticket before it, as long as fewer than a million
 * people enter in a second. It admits nobody for min(heartbeat, 30 s), so that people can return.
 *
 * The lock is `FOR NO KEY UPDATE`: it keeps other openers away and lets holds on the same performance go on.
 *
 * @returns undefined for an unknown performance
 */
export async function planLine(trx: Tx, performanceId: PerformanceId): Promise<LinePlan | undefined> {
  const row = await trx
    .selectFrom('performances')
    .where('performance_id', '=', performanceId)
    .select([
      'capacity',
      'admit_per_second',
      'admission_seconds',
      'heartbeat_seconds',
      'paused',
      'line_epoch',
    ])
    .select(['opens_at', 'starts_at', sql<Date>`clock_timestamp()`.as('now')])
    .select(sql<number>`(extract(epoch FROM clock_timestamp() - created_at) * 1000000)::bigint`.as('age_us'))
    .forNoKeyUpdate()
    .executeTakeFirst();
  if (!row) return undefined;
  const first = row.line_epoch === 0;
  return {
    committedEpoch: row.line_epoch,
    ticketBase: first ? 0 : Math.max(row.age_us, 1),
    capacity: row.capacity,
    admitPerSecond: row.admit_per_second,
    admissionMs: row.admission_seconds * 1_000,
    heartbeatMs: row.heartbeat_seconds * 1_000,
    opensAtMs: row.opens_at.getTime(),
    paused: row.paused,
    returnMs: first ? 0 : Math.min(row.heartbeat_seconds, longestReturnSeconds) * 1_000,
    expireAtMs: Math.max(row.starts_at.getTime(), row.now.getTime()) + keepAfterStartMs,
  };
}
