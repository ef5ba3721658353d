import { callDatabase } from '../db/call-database.ts';
import type { Db } from '../db/client.ts';
import { Problem } from '../errors.ts';
import type { ReservationRequestId, UserId } from '../ids.ts';
import type { ReservationRequest } from './reservation-request.ts';

/**
 * A request of one's own and what has become of it. One SELECT.
 *
 * @throws Problem `not-found`, also for somebody else's
 */
export async function findRequest(
  db: Db,
  userId: UserId,
  requestId: ReservationRequestId,
): Promise<ReservationRequest> {
  const row = await callDatabase(() =>
    db
      .selectFrom('reservation_requests')
      .select(['seat_id', 'status', 'hold_id', 'reason'])
      .where('request_id', '=', requestId)
      .where('user_id', '=', userId)
      .executeTakeFirst(),
  );
  if (row === undefined) throw new Problem('not-found', 'There is no such request.');
  return {
    requestId,
    seatId: row.seat_id,
    status: row.status,
    ...(row.hold_id === null ? {} : { holdId: row.hold_id }),
    ...(row.reason === null ? {} : { reason: row.reason }),
  };
}
