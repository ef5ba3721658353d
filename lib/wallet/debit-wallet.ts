import type { Tx } from '../db/transaction.ts';
import type { Points, UserId } from '../ids.ts';

/**
 * Takes points from a wallet that `lockWallet` has locked.
 *
 * @returns the new balance; undefined when there are too few points, and nothing was changed
 */
export async function debitWallet(tx: Tx, userId: UserId, amount: Points): Promise<Points | undefined> {
  const wallet = await tx
    .updateTable('wallets')
    .set((row) => ({ balance: row('balance', '-', amount) }))
    .where('user_id', '=', userId)
    .where('balance', '>=', amount)
    .returning('balance')
    .executeTakeFirst();
  return wallet?.balance;
}
