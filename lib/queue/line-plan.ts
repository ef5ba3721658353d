import { sql } from 'kysely';
import type { Tx } from '../db/transaction.ts';
import type { PerformanceId } from '../ids.ts';
import type { LinePlan } from './prepare-line.ts';

const keepAfterStartMs = 24 * 3_600_000;
const longestReturnSeconds = 30;
/** More than can come back too late for a draw. */
const ticketsForReturns = 10_000_000;

/**
 * Locks the performance and says what its line would be like if it were opened now.
 *
 * The first line gives tickets from 1. After a loss nobody knows the last ticket given, so a later line begins at
 * the age of the performance in microseconds: above every ticket before it, as long as fewer than a million
 * people enter in a second. It admits nobody for min(heartbeat, 30 s), so that people can return.
 *
 * With a draw, a line after a loss first has tickets for those who had no ticket yet and come back after the opening,
 * ten million of them, and then those of the newcomers.
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
      'draw',
      'line_epoch',
    ])
    .select(['opens_at', 'starts_at', sql<Date>`clock_timestamp()`.as('now')])
    .select(sql<number>`(extract(epoch FROM clock_timestamp() - created_at) * 1000000)::bigint`.as('age_us'))
    .forNoKeyUpdate()
    .executeTakeFirst();
  if (!row) return undefined;
  const first = row.line_epoch === 0;
  const ageBase = first ? 0 : Math.max(row.age_us, 1);
  // Each line of a draw begins above all tickets of the one before, those for returns included.
  const returnBase = row.draw && !first ? ageBase + row.line_epoch * ticketsForReturns : ageBase;
  return {
    committedEpoch: row.line_epoch,
    ticketBase: row.draw && !first ? returnBase + ticketsForReturns : ageBase,
    capacity: row.capacity,
    admitPerSecond: row.admit_per_second,
    admissionMs: row.admission_seconds * 1_000,
    heartbeatMs: row.heartbeat_seconds * 1_000,
    opensAtMs: row.opens_at.getTime(),
    paused: row.paused,
    returnMs: first ? 0 : Math.min(row.heartbeat_seconds, longestReturnSeconds) * 1_000,
    expireAtMs: Math.max(row.starts_at.getTime(), row.now.getTime()) + keepAfterStartMs,
    draw: row.draw,
    returnBase,
  };
}
