import type { PaymentId, ReservationId, UserId } from '../ids.ts';
import type { Hall } from '../performances/hall.ts';
import { payHold } from '../reservations/pay-hold.ts';
import type { Hold } from '../seats/hold.ts';
import { admitUser, giveHold, givePoints, newKey } from './people.ts';
import type { Scene } from './scene.ts';

/** Seats that somebody has held and paid. */
export interface Purchase {
  readonly user: UserId;
  readonly hold: Hold;
  readonly paymentId: PaymentId;
  readonly reservationId: ReservationId;
}

/** Somebody is admitted, takes the seats and pays for them with exactly the points that they cost, and is left with 0. */
export async function buySeats(scene: Scene, hall: Hall, ...places: readonly string[]): Promise<Purchase> {
  const user = await admitUser(scene, hall);
  const hold = await giveHold(scene, hall, user, ...places);
  if (hold.amount > 0) await givePoints(scene, user, hold.amount);
  const request = { userId: user, holdId: hold.holdId, idempotencyKey: newKey(), requestId: 'r' };
  const { text } = await payHold(scene, request);
  return { user, hold, ...(JSON.parse(text) as { paymentId: PaymentId; reservationId: ReservationId }) };
}
