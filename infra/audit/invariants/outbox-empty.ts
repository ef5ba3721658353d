import type { Invariant } from '../invariant.ts';

/** Everything that was decided has been told: no row waits to be published. */
export const outboxEmpty: Invariant = {
  name: 'outbox-empty',
  claim: 'every event of the outbox has been published',
  async judge({ database }) {
    const { rows } = await database.query<{ rows: number; waiting: number }>(
      'SELECT count(*)::int AS rows, count(*) FILTER (WHERE published_at IS NULL)::int AS waiting FROM outbox',
    );
    const { rows: all = 0, waiting = 0 } = rows[0] ?? {};
    return {
      judged: all,
      counted: `${all} events`,
      violations: waiting > 0 ? [`${waiting} events wait to be published`] : [],
    };
  },
};
