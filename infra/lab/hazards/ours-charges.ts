import type { UserId } from '../../../lib/ids.ts';
import { findMoneyFaults, newUser, points } from '../../../lib/testing/people.ts';
import { chargeWallet } from '../../../lib/wallet/charge-wallet.ts';
import { readWallet } from '../../../lib/wallet/read-wallet.ts';
import type { Staging } from '../cell.ts';
import { refusedOrThrow, replyOf } from './refusals.ts';

export interface Charges {
  readonly userId: UserId;
  /** One an attempt. */
  readonly keys: readonly string[];
}

/** Charges of a new wallet by the project's operation: the balance is the sum of those that were done. */
export function oursCharges(amount: number, newKeys: () => readonly string[]): Staging<Charges> {
  return {
    prepare: async () => ({ userId: newUser(), keys: newKeys() }),
    trial: (lab, { userId, keys }) => ({
      attempts: keys.map((idempotencyKey) => () => {
        const request = { userId, amountPoints: points(amount), idempotencyKey, requestId: 'lab' };
        return chargeWallet(lab, request).then(replyOf, refusedOrThrow);
      }),
      audit: async (replies) => {
        const done = replies.filter(({ outcome }) => outcome === 'done').length;
        const { balance } = await readWallet(lab.db, userId);
        if (balance !== done * amount) return `${done} charges done, balance ${balance}`;
        const faults = await findMoneyFaults(lab);
        return faults.length === 0 ? undefined : `the books: ${JSON.stringify(faults[0])}`;
      },
    }),
  };
}
