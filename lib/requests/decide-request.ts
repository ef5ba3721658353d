import { sql } from 'kysely';
import type { Db } from '../db/client.ts';
import { inTransaction, type Tx } from '../db/transaction.ts';
import { type HoldId, newId, type ReservationRequestId, type SeatId } from '../ids.ts';
import { giveSeats } from '../seats/write-hold.ts';
import { judgeRequest } from './judge-request.ts';
import { type RejectionReason, StrayRequestError } from './reservation-request.ts';

/**
 * Decides a request whose turn has come: gives its seat, or says why not. The hold, the seat, its events and the
 * request's row are one transaction, and the row, locked first, is the mark of what was decided: a record that
 * comes again changes nothing.
 *
 * No lock is taken in Redis and none is needed: the rows decide, between requests and holds alike. Who tries the
 * seat over HTTP finds it taken there.
 *
 * @throws StrayRequestError there is no such request for this seat
 * @throws DependencyError
 */
export async function decideRequest(
  db: Db,
  { requestId, seatId }: { readonly requestId: ReservationRequestId; readonly seatId: SeatId },
): Promise<void> {
  await inTransaction(db, {}, async (tx) => {
    const request = await lockRequest(tx, requestId, seatId);
    if (request.status !== 'pending') return;
    // A seat at what has begun, and cannot be given back any more, would surprise whoever asked long before.
    if (request.started) return reject(tx, requestId, 'performance-started');
    const judged = await judgeRequest(tx, request);
    if ('reason' in judged) return reject(tx, requestId, judged.reason);
    const { performanceId, userId, amount, holdSeconds } = request;
    const seats = { performanceId, userId, seatIds: [seatId], amount, holdSeconds, fence: judged.fence };
    const hold = await giveSeats(tx, { holdId: newId<HoldId>(), ...seats });
    if (hold === undefined) throw new Error(`seat ${seatId} was judged free and was not`);
    await write(tx, requestId, { status: 'held', hold_id: hold.holdId });
  });
}

async function lockRequest(tx: Tx, requestId: ReservationRequestId, seatId: SeatId) {
  const row = await tx
    .selectFrom('reservation_requests')
    .innerJoin('performances', 'performances.performance_id', 'reservation_requests.performance_id')
    .select([
      'reservation_requests.status',
      'reservation_requests.user_id as userId',
      'reservation_requests.seat_id as seatId',
      'performances.performance_id as performanceId',
      'performances.price as amount',
      'performances.hold_seconds as holdSeconds',
      'performances.max_seats_per_user as maxSeatsPerUser',
      sql<boolean>`performances.starts_at <= clock_timestamp()`.as('started'),
    ])
    .where('request_id', '=', requestId)
    .where('seat_id', '=', seatId)
    .forNoKeyUpdate('reservation_requests')
    .executeTakeFirst();
  if (row === undefined) throw new StrayRequestError(`there is no request ${requestId} for ${seatId}`);
  return row;
}

const reject = (tx: Tx, requestId: ReservationRequestId, reason: RejectionReason) =>
  write(tx, requestId, { status: 'rejected', reason });

async function write(
  tx: Tx,
  requestId: ReservationRequestId,
  decision: { status: 'held'; hold_id: HoldId } | { status: 'rejected'; reason: RejectionReason },
): Promise<void> {
  await tx
    .updateTable('reservation_requests')
    .set({ ...decision, decided_at: sql<Date>`clock_timestamp()` })
    .where('request_id', '=', requestId)
    .executeTakeFirstOrThrow();
}
