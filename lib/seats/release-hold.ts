import { sql } from 'kysely';
import type { Db } from '../db/client.ts';
import { inTransaction, type Tx } from '../db/transaction.ts';
import { Problem } from '../errors.ts';
import { recordEvents } from '../events/record-events.ts';
import type { HoldId, UserId } from '../ids.ts';
import type { Lock } from '../lock/lock.ts';
import { freeLocks } from './free-locks.ts';
import { type LockedHold, lockHold } from './lock-hold.ts';
import { lockSeats } from './lock-seats.ts';

/**
 * Gives a hold's seats back before its time, in one transaction; nothing happens when it has ended already.
 * The locks in Redis are freed after COMMIT.
 *
 * @throws Problem `not-found`, `hold-paid`
 */
export async function releaseHold(
  { db, seatLock }: { readonly db: Db; readonly seatLock: Lock },
  userId: UserId,
  holdId: HoldId,
): Promise<void> {
  const released = await inTransaction(db, {}, async (tx) => {
    const hold = await lockHold(tx, userId, holdId);
    if (hold.status === 'paid') throw new Problem('hold-paid', 'This hold was paid.');
    if (hold.status !== 'held') return undefined;
    await lockSeats(tx, hold.seat_ids);
    await writeRelease(tx, hold);
    return hold;
  });
  if (released === undefined) return;
  await freeLocks(seatLock, released.performance_id, released.seat_ids, holdId);
}

async function writeRelease(tx: Tx, hold: LockedHold): Promise<void> {
  await tx
    .updateTable('holds')
    // A release that comes to its end after the hold's does not make the hold longer.
    .set({ status: 'released', ended_at: sql<Date>`least(clock_timestamp(), expires_at)` })
    .where('hold_id', '=', hold.hold_id)
    .executeTakeFirstOrThrow();
  const freed = await tx
    .updateTable('seats')
    .set((seat) => ({
      status: 'available',
      hold_id: null,
      held_until: null,
      version: seat('version', '+', 1),
    }))
    .where('hold_id', '=', hold.hold_id)
    .returning(['seat_id', 'version'])
    .execute();
  const { hold_id: holdId, performance_id: performanceId, user_id: userId } = hold;
  await recordEvents(
    tx,
    freed.map(({ seat_id: seatId, version }) => ({
      type: 'seat.released',
      data: { seatId, performanceId, userId, version, holdId },
    })),
  );
}
