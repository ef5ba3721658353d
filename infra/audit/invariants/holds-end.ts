import { answersOf } from '../exchange.ts';
import { countOf } from '../find-faults.ts';
import type { Evidence, Invariant } from '../invariant.ts';

/**
 * Past its expiry, extended or not, a hold is nothing: it cannot be paid, no key in Redis keeps its seat, no seat row
 * promises it more time than it has, and no client is shown it as held.
 */
export const holdsEnd: Invariant = {
  name: 'holds-end',
  claim: 'no hold is alive past its expiry',
  async judge(evidence) {
    const { holds, ran_out, paid_late, odd_seats } = await countOf<
      'holds' | 'ran_out' | 'paid_late' | 'odd_seats'
    >(
      evidence,
      `SELECT count(*) AS holds,
              count(*) FILTER (WHERE h.status = 'held' AND h.expires_at <= clock_timestamp()) AS ran_out,
              -- Not by ended_at, which never lies past the expiry, whenever the payment was made.
              (SELECT count(*) FROM payments p JOIN holds o USING (hold_id)
                WHERE o.performance_id = ANY($1)
                  AND p.created_at > o.expires_at + make_interval(secs => $2)) AS paid_late,
              (SELECT count(*) FROM seats s JOIN holds o USING (hold_id)
                WHERE s.performance_id = ANY($1) AND s.status = 'held'
                  AND (s.held_until <> o.expires_at OR o.status <> 'held')) AS odd_seats
         FROM holds h WHERE h.performance_id = ANY($1)`,
      [evidence.performanceIds, (evidence.decisionSlackMs ?? decisionSlackMs) / 1000],
    );
    const shown = answersOf(evidence.exchanges, 'read hold').filter(
      ({ json, sentAtMs }) => json.status === 'held' && sentAtMs > Date.parse(String(json.expiresAt)),
    );
    return {
      judged: holds,
      counted: `${holds} holds, ${ran_out} of them ran out, ${evidence.seatLocks.length} keys left in Redis`,
      violations: [
        ...(paid_late > 0 ? [`${paid_late} holds were paid after their expiry`] : []),
        ...(odd_seats > 0
          ? [`${odd_seats} seats are held for a hold that has ended or ends at another time`]
          : []),
        ...(await immortalLocks(evidence)),
        ...shown.map(({ userId, path }) => `${userId} was shown ${path} as held after its expiry`),
      ],
    };
  },
};

/** Each lock must have an end, and that end must not lie past the end of the hold it names. */
async function immortalLocks({ database, seatLocks }: Evidence): Promise<string[]> {
  const { rows } = await database.query<{ hold_id: string; ends_at_ms: number }>(
    `SELECT hold_id, extract(epoch FROM expires_at)::float8 * 1000 AS ends_at_ms
       FROM holds WHERE hold_id = ANY($1)`,
    [seatLocks.map(({ holdId }) => holdId)],
  );
  const endOf = new Map(rows.map(({ hold_id, ends_at_ms }) => [hold_id, ends_at_ms]));
  return seatLocks.flatMap(({ key, holdId, endsAtMs }) => {
    if (endsAtMs === Infinity) return [`${key} never expires`];
    // A lock whose hold is not there yet belongs to one that is just being written.
    const overMs = endsAtMs - (endOf.get(holdId) ?? Infinity);
    return overMs > clockSlackMs ? [`${key} outlives its hold by ${Math.round(overMs)} ms`] : [];
  });
}

/** Whether a hold is over is decided a statement or two before its payment is written. */
const decisionSlackMs = 200;

/** Redis and Postgres may run on two machines. */
const clockSlackMs = 1_000;
