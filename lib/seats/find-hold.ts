import { callDatabase } from '../db/call-database.ts';
import type { Db } from '../db/client.ts';
import { Problem } from '../errors.ts';
import type { HoldId, UserId } from '../ids.ts';
import { type Hold, type HoldStatus, holdStatus, toHold } from './hold.ts';

/**
 * A hold of one's own and what has become of it. One SELECT.
 *
 * @throws Problem `not-found`, also for somebody else's
 */
export async function findHold(
  db: Db,
  userId: UserId,
  holdId: HoldId,
): Promise<Hold & { readonly status: HoldStatus }> {
  const row = await callDatabase(() =>
    db
      .selectFrom('holds')
      .selectAll()
      .select(holdStatus.as('current_status'))
      .where('hold_id', '=', holdId)
      .where('user_id', '=', userId)
      .executeTakeFirst(),
  );
  if (row === undefined) throw new Problem('not-found', 'There is no such hold.');
  return { ...toHold(row), status: row.current_status };
}
