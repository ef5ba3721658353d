import { countOf } from '../find-faults.ts';
import type { Invariant } from '../invariant.ts';

/** Everything that was decided has been told: no row waits to be published longer than it may. */
export const outboxEmpty: Invariant = {
  name: 'outbox-empty',
  claim: 'every event of the outbox has been published',
  async judge(evidence) {
    const { graceMs } = evidence;
    const { events, waiting, late } = await countOf<'events' | 'waiting' | 'late'>(
      evidence,
      `SELECT count(*) AS events, count(*) FILTER (WHERE published_at IS NULL) AS waiting,
              count(*) FILTER (WHERE published_at IS NULL
                AND ($1::float8 = 0 OR created_at <= now() - make_interval(secs => $1))) AS late FROM outbox`,
      [graceMs / 1_000],
    );
    const since = graceMs === 0 ? '' : ` for more than ${graceMs / 1_000} s`;
    return {
      judged: events,
      counted: graceMs === 0 ? `${events} events` : `${events} events, ${waiting} on their way`,
      violations: late > 0 ? [`${late} events wait to be published${since}`] : [],
    };
  },
};
