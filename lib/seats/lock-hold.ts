import type { Selectable } from 'kysely';
import type { Database } from '../db/schema.ts';
import type { Tx } from '../db/transaction.ts';
import { Problem } from '../errors.ts';
import type { HoldId, UserId } from '../ids.ts';
import { type HoldStatus, holdStatus } from './hold.ts';

/** A hold's row, with what it is now in place of the status that was last written. */
export type LockedHold = Omit<Selectable<Database['holds']>, 'status'> & { readonly status: HoldStatus };

/**
 * Locks a hold of one's own until the transaction ends. The status is that of the moment before the wait for
 * the lock: whoever depends on the time compares again, in the statement that changes the seats.
 *
 * @throws Problem `not-found`, also for somebody else's
 */
export async function lockHold(tx: Tx, userId: UserId, holdId: HoldId): Promise<LockedHold> {
  const row = await tx
    .selectFrom('holds')
    .selectAll()
    .select(holdStatus.as('current_status'))
    .where('hold_id', '=', holdId)
    .where('user_id', '=', userId)
    .forUpdate()
    .executeTakeFirst();
  if (row === undefined) throw new Problem('not-found', 'There is no such hold.');
  return { ...row, status: row.current_status };
}
