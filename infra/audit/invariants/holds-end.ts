import type { Redis } from 'ioredis';
import { answersOf } from '../exchange.ts';
import type { Evidence, Invariant } from '../invariant.ts';

/**
 * Past its expiry a hold is nothing: it cannot be paid, no key in Redis keeps its seat, no seat row promises it
 * more time than it has, and no client is shown it as held.
 */
export const holdsEnd: Invariant = {
  name: 'holds-end',
  claim: 'no hold is alive past its expiry',
  async judge(evidence) {
    const { database, performanceIds, exchanges } = evidence;
    const { rows } = await database.query<{
      paid_late: number;
      odd_seats: number;
      holds: number;
      ran_out: number;
    }>(
      `SELECT count(*)::int AS holds,
              count(*) FILTER (WHERE h.status = 'held' AND h.expires_at <= clock_timestamp())::int AS ran_out,
              count(*) FILTER (WHERE h.status = 'paid' AND h.ended_at > h.expires_at + make_interval(secs => $2))::int AS paid_late,
              (SELECT count(*)::int FROM seats s JOIN holds o USING (hold_id)
                WHERE s.performance_id = ANY($1) AND s.status = 'held'
                  AND (s.held_until <> o.expires_at OR o.status <> 'held')) AS odd_seats
         FROM holds h WHERE h.performance_id = ANY($1)`,
      [performanceIds, decisionSlackMs / 1000],
    );
    const { holds = 0, ran_out = 0, paid_late = 0, odd_seats = 0 } = rows[0] ?? {};
    const keys = await immortalKeys(evidence);
    const shown = answersOf(exchanges, 'read hold').filter(
      ({ json, sentAtMs }) => json.status === 'held' && sentAtMs > Date.parse(String(json.expiresAt)),
    );
    return {
      judged: holds,
      counted: `${holds} holds, ${ran_out} of them ran out, ${keys.found} keys left in Redis`,
      violations: [
        ...(paid_late > 0 ? [`${paid_late} holds were paid after their expiry`] : []),
        ...(odd_seats > 0
          ? [`${odd_seats} seats are held for a hold that has ended or ends at another time`]
          : []),
        ...keys.violations,
        ...shown.map(({ userId, path }) => `${userId} was shown ${path} as held after its expiry`),
      ],
    };
  },
};

/** Reads every seat's key: it must have an end, and that end must not lie past the end of the hold it names. */
async function immortalKeys({ redis, database, performanceIds }: Evidence) {
  const { rows: seats } = await database.query<{ performance_id: string; seat_id: string }>(
    'SELECT performance_id, seat_id FROM seats WHERE performance_id = ANY($1)',
    [performanceIds],
  );
  const locks = await readLocks(
    redis,
    seats.map(({ performance_id, seat_id }) => `{${performance_id}}:seat:${seat_id}`),
  );
  const { rows } = await database.query<{ hold_id: string; left_ms: number }>(
    `SELECT hold_id, extract(epoch FROM expires_at - clock_timestamp())::float8 * 1000 AS left_ms
       FROM holds WHERE hold_id = ANY($1)`,
    [locks.map(({ holdId }) => holdId)],
  );
  const leftMs = new Map(rows.map(({ hold_id, left_ms }) => [hold_id, left_ms]));
  const violations = locks.flatMap(({ key, holdId, ttlMs }) => {
    if (ttlMs < 0) return [`${key} never expires`];
    const overMs = ttlMs - (leftMs.get(holdId) ?? Infinity);
    return overMs > clockSlackMs ? [`${key} outlives its hold by ${Math.round(overMs)} ms`] : [];
  });
  return { found: locks.length, violations };
}

/** Whether a hold is over is decided some statements before the end that is written into its row. */
const decisionSlackMs = 200;

/** Redis and Postgres may run on two machines, and the two answers come one after the other. */
const clockSlackMs = 1_000;

async function readLocks(redis: Redis, keys: readonly string[]) {
  const pipeline = redis.pipeline();
  for (const key of keys) pipeline.get(key).pttl(key);
  const replies = ((await pipeline.exec()) ?? []).map(([error, reply]) => {
    if (error) throw error;
    return reply;
  });
  return keys.flatMap((key, index) => {
    const holdId = replies[2 * index];
    return typeof holdId === 'string' ? [{ key, holdId, ttlMs: Number(replies[2 * index + 1]) }] : [];
  });
}
