import type { UserId } from '../../../lib/ids.ts';
import { payHold } from '../../../lib/reservations/pay-hold.ts';
import type { Hold } from '../../../lib/seats/hold.ts';
import {
  admitUser,
  findMoneyFaults,
  giveHold,
  givePoints,
  openHall,
  points,
} from '../../../lib/testing/people.ts';
import { readWallet } from '../../../lib/wallet/read-wallet.ts';
import type { Attempted, Reply } from '../cell.ts';
import type { Lab } from '../laboratory.ts';
import { countDone, refusedOrThrow, replyOf } from './refusals.ts';

const price = 100;

export interface Shopper {
  readonly user: UserId;
  /** Of one seat each. */
  readonly holds: readonly [Hold, Hold];
}

/** Somebody with two holds of 100 points each, and so many points. */
export async function newShopper(lab: Lab, balance: number): Promise<Shopper> {
  const hall = await openHall(lab, { seats: { rows: 1, seatsPerRow: 2, price: points(price) } });
  const user = await admitUser(lab, hall);
  const holds = [await giveHold(lab, hall, user, 'A-1'), await giveHold(lab, hall, user, 'A-2')] as const;
  await givePoints(lab, user, balance);
  return { user, holds };
}

export const pay = (lab: Lab, userId: UserId, hold: Hold, idempotencyKey: string): Promise<Reply> =>
  payHold(lab, { userId, holdId: hold.holdId, idempotencyKey, requestId: 'lab' }).then(
    replyOf,
    refusedOrThrow,
  );

/** One payment and no more took effect, in the wallet and in the books. */
export async function paymentFault(
  lab: Lab,
  user: UserId,
  balance: number,
  replies: readonly Attempted[],
): Promise<string | undefined> {
  const { done, isOne } = countDone(replies);
  const left = await readWallet(lab.db, user);
  if (!isOne || left.balance !== balance - price * done) return `${done} paid, ${left.balance} points left`;
  const faults = await findMoneyFaults(lab);
  return faults.length === 0 ? undefined : `the books: ${JSON.stringify(faults[0])}`;
}
