import type { Tx } from '../db/transaction.ts';
import type { Points, UserId } from '../ids.ts';

/**
 * Gives points back to a wallet that `lockWallet` has locked. The limit of a balance is one for charges and does not
 * keep back what was the user's own.
 *
 * @returns the new balance
 */
export async function refundWallet(tx: Tx, userId: UserId, amount: Points): Promise<Points> {
  const { balance } = await tx
    .updateTable('wallets')
    .set((row) => ({ balance: row('balance', '+', amount) }))
    .where('user_id', '=', userId)
    .returning('balance')
    .executeTakeFirstOrThrow();
  return balance;
}
