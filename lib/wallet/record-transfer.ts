import { randomUUID } from 'node:crypto';
import type { EntryKind } from '../db/schema.ts';
import type { Tx } from '../db/transaction.ts';
import type { Points, UserId } from '../ids.ts';

/** Points that come into a wallet from `issued`, or go from it to `sales`. */
export interface Transfer {
  readonly userId: UserId;
  readonly kind: EntryKind;
  /** As the wallet sees it: negative for a payment. */
  readonly amountPoints: number;
  readonly balanceAfter: Points;
  /** The charge or the payment that this transfer carries out. */
  readonly referenceId: string;
}

/** Where the other entry of a transfer stands. */
const counterAccount = { charge: 'issued', payment: 'sales', refund: 'sales' } as const;

/**
 * Writes both entries of a transfer in one INSERT; a trigger refuses entries that do not sum to zero.
 * Only the wallet's entry carries a balance: one of the house's accounts would be a row everybody waits for.
 */
export async function recordTransfer(tx: Tx, transfer: Transfer): Promise<void> {
  const common = { transfer_id: randomUUID(), kind: transfer.kind, reference_id: transfer.referenceId };
  await tx
    .insertInto('ledger_entries')
    .values([
      {
        ...common,
        account: 'wallet',
        user_id: transfer.userId,
        amount: transfer.amountPoints,
        balance_after: transfer.balanceAfter,
      },
      {
        ...common,
        account: counterAccount[transfer.kind],
        user_id: null,
        amount: -transfer.amountPoints,
        balance_after: null,
      },
    ])
    .execute();
}
