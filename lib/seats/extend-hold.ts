import { sql } from 'kysely';
import type { Db } from '../db/client.ts';
import { inTransaction, type Tx } from '../db/transaction.ts';
import { Problem } from '../errors.ts';
import type { HoldId, UserId } from '../ids.ts';
import type { Lock } from '../lock/lock.ts';
import { type Hold, type HoldStatus, toHold } from './hold.ts';
import { keepLocks } from './keep-locks.ts';
import { type LockedHold, lockHold } from './lock-hold.ts';
import { lockSeats } from './lock-seats.ts';

/**
 * Gives a live hold its whole time again, from now, once. One transaction: hold → seats by id, then two UPDATEs,
 * of the hold and of its seats, by the database's clock when every wait is over. No event: nothing has become of
 * a seat. The locks in Redis follow after COMMIT, and are not needed.
 *
 * @throws Problem `not-found`, `hold-expired`, `hold-released`, `hold-paid`, `extension-limit`
 */
export async function extendHold(
  { db, seatLock }: { readonly db: Db; readonly seatLock: Lock },
  userId: UserId,
  holdId: HoldId,
): Promise<Hold & { readonly status: HoldStatus }> {
  const beganAtMs = performance.now();
  const extended = await inTransaction(db, {}, async (tx) => {
    const hold = await lockHold(tx, userId, holdId);
    if (hold.status !== 'held') throw refusalOf(hold);
    await lockSeats(tx, hold.seat_ids);
    const written = await writeExtension(tx, hold);
    // Read again: its time may have run out while the seats were waited for.
    if (written === undefined) throw refusalOf(await lockHold(tx, userId, holdId));
    return written;
  });
  const { performance_id, seat_ids, hold_seconds } = extended;
  const leaseMs = hold_seconds * 1_000 - (performance.now() - beganAtMs);
  await keepLocks(seatLock, performance_id, seat_ids, holdId, leaseMs);
  return { ...toHold(extended), status: 'held' };
}

/** @returns undefined when the hold is over, or was extended before; nothing was changed */
async function writeExtension(tx: Tx, hold: LockedHold) {
  const extended = await tx
    .updateTable('holds')
    .from('performances')
    .set({
      extended: true,
      expires_at: sql<Date>`clock_timestamp() + make_interval(secs => performances.hold_seconds)`,
    })
    .where('hold_id', '=', hold.hold_id)
    .whereRef('performances.performance_id', '=', 'holds.performance_id')
    .where('extended', '=', false)
    .where('expires_at', '>', sql<Date>`clock_timestamp()`)
    .returningAll('holds')
    .returning('performances.hold_seconds')
    .executeTakeFirst();
  if (extended === undefined) return undefined;
  const { numUpdatedRows } = await tx
    .updateTable('seats')
    .set({ held_until: extended.expires_at })
    .where('hold_id', '=', hold.hold_id)
    .executeTakeFirst();
  // A hold that lives has all its seats; one that has not is over, whatever its own row says.
  if (numUpdatedRows < hold.seat_ids.length) throw refusalOf({ status: 'expired' });
  return extended;
}

/** Of two reasons the hold's state is the one that is told. */
function refusalOf({ status }: Pick<LockedHold, 'status'>): Problem {
  if (status === 'expired') return new Problem('hold-expired', 'This hold is over; choose seats again.');
  if (status === 'released') return new Problem('hold-released', 'This hold was released.');
  if (status === 'paid') return new Problem('hold-paid', 'This hold was paid.');
  return new Problem('extension-limit', 'A hold is extended once, and this one was.');
}
