import { sql } from 'kysely';
import { callDatabase } from './db/call-database.ts';
import type { Db } from './db/client.ts';
import { DependencyError } from './errors.ts';
import { purgeOutbox } from './events/purge-outbox.ts';
import { purgeKeys } from './idempotency/purge-keys.ts';
import type { PerformanceId } from './ids.ts';
import { logger } from './log.ts';
import { sweepQueue } from './queue/sweep-queue.ts';
import type { RedisClient } from './redis/client.ts';
import { rejectLateRequests } from './requests/reject-late-requests.ts';
import { expireHolds } from './seats/expire-holds.ts';

const maxQueues = 1_000;

/**
 * What would be put right by the next request anyway, for the case that there is none: expired holds, places
 * nobody polls for, requests that came too late; and what has been kept as long as was promised. Each part in
 * bounded steps until nothing is left or the time is over; one that fails does not keep the others from their turn.
 *
 * @param untilMs the deadline, by `performance.now()`
 */
export async function sweep(
  services: { readonly db: Db; readonly cache: () => Promise<{ readonly redis: RedisClient }> },
  untilMs: number,
): Promise<void> {
  const { db, cache } = services;
  const parts = {
    holds: () => repeat(() => expireHolds(db), untilMs),
    queues: async () => sweepQueues(db, (await cache()).redis, untilMs),
    requests: () => repeat(() => rejectLateRequests(db), untilMs),
    keys: () => repeat(() => purgeKeys(db), untilMs),
    outbox: () => repeat(() => purgeOutbox(db), untilMs),
  };
  const defects: unknown[] = [];
  for (const [part, run] of Object.entries(parts)) {
    try {
      await run();
    } catch (error) {
      if (!(error instanceof DependencyError)) defects.push(error);
      logger.warn('A part of the sweep waits for the next', { part, cause: error });
    }
  }
  if (defects.length > 0) throw new AggregateError(defects, 'parts of the sweep are defective');
}

async function repeat(step: () => Promise<number>, untilMs: number): Promise<void> {
  while (performance.now() < untilMs && (await step()) > 0);
}

async function sweepQueues(db: Db, redis: RedisClient, untilMs: number): Promise<void> {
  for (const performanceId of await listOpenPerformances(db)) {
    if (performance.now() >= untilMs) return;
    await sweepQueue(redis, performanceId, untilMs);
  }
}

async function listOpenPerformances(db: Db): Promise<PerformanceId[]> {
  const rows = await callDatabase(() =>
    db
      .selectFrom('performances')
      .select('performance_id')
      .where('opens_at', '<=', sql<Date>`now()`)
      .where('starts_at', '>', sql<Date>`now()`)
      .orderBy('starts_at')
      .limit(maxQueues)
      .execute(),
  );
  return rows.map((row) => row.performance_id);
}
