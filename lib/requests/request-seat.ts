import type { Db } from '../db/client.ts';
import type { Tx } from '../db/transaction.ts';
import { Problem } from '../errors.ts';
import type { OutboxTopic } from '../events/outbox-topic.ts';
import { type KeyedRequest, type OnceAnswer, recallAnswer, runOnce } from '../idempotency/run-once.ts';
import { newId, type ReservationRequestId, type SeatId, type UserId } from '../ids.ts';
import type { Hall } from '../performances/hall.ts';
import { isAdmitted } from '../queue/is-admitted.ts';
import type { RedisClient } from '../redis/client.ts';
import type { RequestRecord } from './reservation-request.ts';

export const reservationRequests = 'reservation-requests' satisfies OutboxTopic;

export interface SeatRequest {
  readonly userId: UserId;
  readonly hall: Hall;
  /** One of the hall. */
  readonly seatId: SeatId;
  readonly idempotencyKey: string;
  readonly requestId: string;
}

export interface Accepted {
  readonly answer: OnceAnswer;
  readonly requestId: ReservationRequestId;
}

/**
 * Accepts a request for a seat: its row, its record in the outbox and the key, in one transaction. The request
 * takes its turn among those for the seat where the relay publishes it; `decideRequest` answers it then.
 *
 * Whether the person is admitted is asked here, once and for good: the answer is worth the same however long the
 * request waits. A key that has its answer keeps it, be the admission over by now or Redis away.
 *
 * @throws Problem `not-admitted`, which leaves the key unused, and what `runOnce` throws
 * @throws DependencyError when Redis or Postgres is out of reach
 */
export async function requestSeat(
  { db, redis }: { readonly db: Db; readonly redis: RedisClient },
  { userId, hall, seatId, idempotencyKey: key, requestId }: SeatRequest,
): Promise<Accepted> {
  const { performanceId } = hall;
  const content = { performanceId, seatId };
  const keyed: KeyedRequest = { userId, operation: 'reservation-request', key, content, requestId };
  try {
    if (!(await isAdmitted(redis, performanceId, userId))) {
      throw new Problem('not-admitted', 'Wait in the queue until you are admitted.');
    }
  } catch (refusal) {
    const known = await recallAnswer(db, keyed);
    if (known !== undefined) return toAccepted(known);
    throw refusal;
  }
  return toAccepted(
    await runOnce(db, keyed, {}, (tx) => writeRequest(tx, { performanceId, seatId, userId })),
  );
}

function toAccepted(answer: OnceAnswer): Accepted {
  // No refusal of this operation is kept: whatever answer a key has, `writeRequest` has made it.
  const { requestId } = JSON.parse(answer.text) as { readonly requestId: ReservationRequestId };
  return { answer, requestId };
}

async function writeRequest(
  tx: Tx,
  wanted: Omit<RequestRecord, 'requestId'>,
): Promise<{ readonly requestId: ReservationRequestId }> {
  const requestId = newId<ReservationRequestId>();
  const { performanceId, seatId, userId } = wanted;
  await tx
    .insertInto('reservation_requests')
    .values({ request_id: requestId, performance_id: performanceId, seat_id: seatId, user_id: userId })
    .execute();
  const record: RequestRecord = { requestId, ...wanted };
  await tx
    .insertInto('outbox')
    .values({
      event_id: requestId,
      topic: reservationRequests,
      key: seatId,
      payload: JSON.stringify(record),
    })
    .execute();
  return { requestId };
}
