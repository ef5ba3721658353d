/*
 * Broken on purpose: writes the events in a transaction of their own. Killed before it, the hold is there and nobody
 * ever hears of it.
 */
import type { Db } from '../../../../../../lib/db/client.ts';
import { inTransaction } from '../../../../../../lib/db/transaction.ts';
import { recordEvents } from '../../../../../../lib/events/record-events.ts';
import type { Hold } from '../../../../../../lib/seats/hold.ts';
import { giveSeats, type HoldToWrite, lockHolder } from '../../../../../../lib/seats/write-hold.ts';

export { giveSeats, lockHolder };

export async function writeHold(db: Db, wanted: HoldToWrite): Promise<Hold | undefined> {
  const { holdId, performanceId, userId } = wanted;
  const hold = await inTransaction(db, {}, async (tx) => {
    const given = await giveSeats(tx, wanted);
    await tx.deleteFrom('outbox').where('key', 'in', wanted.seatIds).execute();
    return given;
  });
  await inTransaction(db, {}, (tx) =>
    recordEvents(
      tx,
      wanted.seatIds.map((seatId) => ({
        type: 'seat.held',
        data: { seatId, performanceId, userId, version: 1, holdId },
      })),
    ),
  );
  return hold;
}
