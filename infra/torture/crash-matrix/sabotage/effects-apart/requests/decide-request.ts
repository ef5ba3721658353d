/*
 * Broken on purpose: writes the decision behind the transaction that gives the seat. Killed in between, whoever gets
 * the record again finds the seat taken, and refuses the one who has it.
 */
import type { Db } from '../../../../../../lib/db/client.ts';
import { inTransaction } from '../../../../../../lib/db/transaction.ts';
import { type HoldId, newId, type ReservationRequestId, type SeatId } from '../../../../../../lib/ids.ts';
import { judgeRequest } from '../../../../../../lib/requests/judge-request.ts';
import { giveSeats } from '../../../../../../lib/seats/write-hold.ts';

export async function decideRequest(
  db: Db,
  { requestId, seatId }: { readonly requestId: ReservationRequestId; readonly seatId: SeatId },
): Promise<void> {
  const request = await db
    .selectFrom('reservation_requests')
    .innerJoin('performances', 'performances.performance_id', 'reservation_requests.performance_id')
    .select([
      'reservation_requests.status',
      'reservation_requests.user_id as userId',
      'performances.performance_id as performanceId',
      'performances.price as amount',
      'performances.hold_seconds as holdSeconds',
      'performances.max_seats_per_user as maxSeatsPerUser',
    ])
    .where('request_id', '=', requestId)
    .executeTakeFirstOrThrow();
  if (request.status !== 'pending') return;
  const decision = await inTransaction(db, {}, async (tx) => {
    const judged = await judgeRequest(tx, { ...request, seatId });
    if ('reason' in judged) return { status: 'rejected', reason: judged.reason } as const;
    const wanted = { ...request, ...judged, holdId: newId<HoldId>(), seatIds: [seatId] };
    await giveSeats(tx, wanted);
    return { status: 'held', hold_id: wanted.holdId } as const;
  });
  await db
    .updateTable('reservation_requests')
    .set({ ...decision, decided_at: new Date() })
    .where('request_id', '=', requestId)
    .execute();
}
