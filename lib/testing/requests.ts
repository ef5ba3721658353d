import type { IncomingRecord } from '../events/consume-batch.ts';
import type { ReservationRequestId, SeatId, UserId } from '../ids.ts';
import type { Hall } from '../performances/hall.ts';
import { decideRequest } from '../requests/decide-request.ts';
import { findRequest } from '../requests/find-request.ts';
import { requestSeat } from '../requests/request-seat.ts';
import { findHold } from '../seats/find-hold.ts';
import { newKey, seatsOf } from './people.ts';
import type { Scene } from './scene.ts';

function seatAt(hall: Hall, place: string): SeatId {
  const [seatId] = seatsOf(hall, place);
  if (seatId === undefined) throw new Error('a place was given');
  return seatId;
}

/** Requests a seat by where it is. */
export async function ask(
  scene: Scene,
  hall: Hall,
  userId: UserId,
  place: string,
  idempotencyKey = newKey(),
): Promise<ReservationRequestId> {
  const request = { userId, hall, seatId: seatAt(hall, place), idempotencyKey, requestId: 'r-1' };
  return (await requestSeat(scene, request)).requestId;
}

/** Requests one seat for each, one after the other. */
export async function askInTurn(
  scene: Scene,
  hall: Hall,
  users: readonly UserId[],
  place: string,
): Promise<ReservationRequestId[]> {
  const requestIds: ReservationRequestId[] = [];
  for (const user of users) requestIds.push(await ask(scene, hall, user, place));
  return requestIds;
}

/** Decides a request for the seat of that place, as if its record had come. */
export const decide = (scene: Scene, hall: Hall, requestId: ReservationRequestId, place: string) =>
  decideRequest(scene.db, { requestId, seatId: seatAt(hall, place) });

/** Requests a seat, has it decided at once, and finds the hold. */
export async function requestHold(scene: Scene, hall: Hall, user: UserId, place: string) {
  const requestId = await ask(scene, hall, user, place);
  await decide(scene, hall, requestId, place);
  const { holdId, reason } = await findRequest(scene.db, user, requestId);
  if (holdId === undefined) throw new Error(`not held: ${reason}`);
  return findHold(scene.db, user, holdId);
}

/** The requests for a hall's seats as a partition would have them: in the order of the outbox, offsets from 0. */
export async function requestRecords({ db }: Scene, { performanceId }: Hall): Promise<IncomingRecord[]> {
  const rows = await db
    .selectFrom('outbox')
    .select(['key', 'payload'])
    .where('topic', '=', 'reservation-requests')
    .where('key', 'like', `${performanceId}:%`)
    .orderBy('outbox_id')
    .execute();
  return rows.map(({ key, payload }, offset) => ({ key, value: payload, offset: String(offset) }));
}

/** What has become of each request, as one word: `pending`, `held`, or the reason of its rejection. */
export async function decisionsOf({ db }: Scene, requestIds: readonly string[]): Promise<string[]> {
  const rows = await db
    .selectFrom('reservation_requests')
    .select(['request_id', 'status', 'reason'])
    .where(
      'request_id',
      'in',
      requestIds.map((requestId) => requestId as ReservationRequestId),
    )
    .execute();
  const decisions = new Map(rows.map((row) => [String(row.request_id), row.reason ?? row.status]));
  return requestIds.map((requestId) => decisions.get(requestId) ?? 'none');
}
