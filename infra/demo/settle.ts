import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';

const pollMs = 250;

export type Backlog = { readonly unpublished: number; readonly behind: number; readonly ticketless: number };

/** What the events have still to do: outbox rows to publish, seats the map is behind on, sold seats without a ticket. */
export async function readBacklog(database: Pool, performanceId: string): Promise<Backlog> {
  const { rows } = await database.query<Backlog>(
    `SELECT (SELECT count(*)::int FROM outbox WHERE published_at IS NULL) AS unpublished,
            (SELECT count(*)::int FROM seats s LEFT JOIN seat_map m USING (seat_id)
              WHERE s.performance_id = $1 AND s.version > coalesce(m.version, 0)) AS behind,
            (SELECT count(*)::int FROM seats s
              WHERE s.performance_id = $1 AND s.status = 'sold' AND NOT EXISTS (
                SELECT FROM tickets t WHERE t.seat_id = s.seat_id AND t.reservation_id = s.reservation_id)) AS ticketless`,
    [performanceId],
  );
  return rows[0] ?? { unpublished: 0, behind: 0, ticketless: 0 };
}

/**
 * Waits until the events have caught up, or the time is over: then the audit says what is missing.
 *
 * @param onPoll is told of every backlog seen.
 */
export async function awaitSettled(
  database: Pool,
  performanceId: string,
  timeoutMs: number,
  onPoll: (backlog: Backlog) => void,
): Promise<void> {
  for (const endMs = Date.now() + timeoutMs; Date.now() < endMs; await sleep(pollMs)) {
    const backlog = await readBacklog(database, performanceId);
    onPoll(backlog);
    if (backlog.unpublished + backlog.behind + backlog.ticketless === 0) return;
  }
}
