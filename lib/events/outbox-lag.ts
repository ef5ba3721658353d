import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { callDatabase } from '../db/call-database.ts';
import type { Db } from '../db/client.ts';
import { DependencyError } from '../errors.ts';
import { logger, metrics } from '../log.ts';
import { outboxTopics } from './outbox-topic.ts';

/** What waits in the outbox. */
export interface OutboxLag {
  /** The age of the oldest row, by the database's clock; 0 when none waits. */
  readonly ageMs: number;
  /** How many rows wait, a topic counted no further than `maxRowsCounted`. */
  readonly rows: number;
}

const maxRowsCounted = 100_000;
const everyMs = 10_000;

/** Measures what waits in the outbox. One SELECT of a bounded number of index entries. @throws DependencyError */
export async function measureLag(db: Db): Promise<OutboxLag> {
  const { rows } = await callDatabase(() =>
    sql<{ age_ms: number | null; rows: number | null }>`
      SELECT (max(extract(epoch FROM clock_timestamp() - oldest.created_at)) * 1000)::bigint AS age_ms,
             sum(waiting.rows)::bigint AS rows
      FROM unnest(${[...outboxTopics]}::text[]) AS topics (topic)
      CROSS JOIN LATERAL (
        SELECT created_at FROM outbox WHERE outbox.topic = topics.topic AND published_at IS NULL
        ORDER BY outbox_id LIMIT 1) AS oldest
      CROSS JOIN LATERAL (
        SELECT count(*) AS rows FROM (
          SELECT FROM outbox WHERE outbox.topic = topics.topic AND published_at IS NULL
          LIMIT ${maxRowsCounted}) AS counted) AS waiting`.execute(db),
  );
  return { ageMs: Math.max(0, rows[0]?.age_ms ?? 0), rows: rows[0]?.rows ?? 0 };
}

/**
 * Tells the lag as a metric every ten seconds until the deadline, whether or not anything can be published: it is
 * while nothing can that it has to be seen growing. An outage of Postgres shows as missing data.
 *
 * @param untilMs by `performance.now()`
 */
export async function reportLag(db: Db, untilMs: number): Promise<void> {
  for (let leftMs = untilMs - performance.now(); leftMs > 0; leftMs -= everyMs) {
    try {
      const { ageMs, rows } = await measureLag(db);
      metrics.addMetric('OutboxLag', 'Milliseconds', ageMs);
      metrics.addMetric('OutboxRows', 'Count', rows);
      metrics.publishStoredMetrics();
    } catch (error) {
      if (!(error instanceof DependencyError)) throw error;
      logger.warn('The lag of the outbox could not be measured', { cause: error });
    }
    await sleep(Math.max(0, Math.min(everyMs, untilMs - performance.now())));
  }
}
