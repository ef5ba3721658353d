import type { SeatCloudEvent, SeatEventType } from '../events/seat-event.ts';
import { toCloudEvent } from '../events/seat-event.ts';
import type { HoldId, ReservationId, SeatId, UserId } from '../ids.ts';
import type { Hall } from '../performances/hall.ts';
import { payHold } from '../reservations/pay-hold.ts';
import { expireHolds } from '../seats/expire-holds.ts';
import { releaseHold } from '../seats/release-hold.ts';
import { admitUser, giveHold, givePoints, letHoldExpire, newKey, openHall } from './people.ts';
import type { Scene } from './scene.ts';

/** A hall in which things have happened to three seats: A-1 was sold, A-2 is held again, A-3 is free again. */
export interface Story {
  readonly hall: Hall;
  readonly user: UserId;
  readonly reservationId: ReservationId;
  readonly statuses: Readonly<Record<string, string>>;
}

export async function tellStory(scene: Scene): Promise<Story> {
  const hall = await openHall(scene);
  const user = await admitUser(scene, hall);
  await givePoints(scene, user, 1_000);
  await letHoldExpire(scene, await giveHold(scene, hall, user, 'A-1', 'A-2'));
  const held = await giveHold(scene, hall, user, 'A-1');
  await expireHolds(scene.db);
  await releaseHold(scene, user, (await giveHold(scene, hall, user, 'A-2', 'A-3')).holdId);
  await giveHold(scene, hall, user, 'A-2');
  const request = { userId: user, holdId: held.holdId, idempotencyKey: newKey(), requestId: 'r' };
  const { text } = await payHold(scene, request);
  const { reservationId } = JSON.parse(text) as { reservationId: ReservationId };
  return { hall, user, reservationId, statuses: { 'A-1': 'sold', 'A-2': 'held', 'A-3': 'available' } };
}

/** What stands in the outbox of a hall's seats, in its order. */
export async function eventsOf({ db }: Scene, { performanceId }: Hall): Promise<SeatCloudEvent[]> {
  const rows = await db
    .selectFrom('outbox')
    .select('payload')
    .where('key', 'like', `${performanceId}:%`)
    .where('topic', '=', 'reservation-events')
    .orderBy('outbox_id')
    .execute();
  return rows.map(({ payload }) => JSON.parse(payload) as SeatCloudEvent);
}

/** An event that a test makes up. */
export const madeUpEvent = (
  type: SeatEventType,
  seat: SeatId,
  { performanceId }: Hall,
  version: number,
  more: { readonly holdId?: HoldId; readonly reservationId?: ReservationId } = {},
): SeatCloudEvent =>
  toCloudEvent({
    type,
    data: { seatId: seat, performanceId, userId: 'somebody' as UserId, version, ...more },
  });
