import { findMoneyFaults, newUser, points } from '../../../lib/testing/people.ts';
import { chargeWallet } from '../../../lib/wallet/charge-wallet.ts';
import { readWallet } from '../../../lib/wallet/read-wallet.ts';
import type { Trial } from '../cell.ts';
import type { Lab } from '../laboratory.ts';
import { times } from './race.ts';
import { refusedOrThrow, replyOf } from './refusals.ts';

/** Charges of a new wallet by the project's operation: the balance is the sum of those that were done. */
export function stageCharges(lab: Lab, attempts: number, amount: number, keyOf: () => string): Trial {
  const userId = newUser();
  const request = { userId, amountPoints: points(amount), requestId: 'lab' };
  return {
    attempts: times(attempts, () =>
      chargeWallet(lab, { ...request, idempotencyKey: keyOf() }).then(replyOf, refusedOrThrow),
    ),
    audit: async (replies) => {
      const done = replies.filter(({ outcome }) => outcome === 'done').length;
      const { balance } = await readWallet(lab.db, userId);
      if (balance !== done * amount) return `${done} charges done, balance ${balance}`;
      const faults = await findMoneyFaults(lab);
      return faults.length === 0 ? undefined : `the books: ${JSON.stringify(faults[0])}`;
    },
  };
}
