import { sql } from 'kysely';
import type { Tx } from '../db/transaction.ts';
import type { Points, UserId } from '../ids.ts';

/** A CHECK on the ledger says the same of charges. */
const maxBalancePoints = 1_000_000_000_000;

/**
 * Adds points to a wallet that `lockWallet` has locked.
 *
 * @returns the new balance; undefined when it would be above the limit, and nothing was changed
 */
export async function creditWallet(tx: Tx, userId: UserId, amount: Points): Promise<Points | undefined> {
  const wallet = await tx
    .updateTable('wallets')
    .set((row) => ({ balance: row('balance', '+', amount) }))
    .where('user_id', '=', userId)
    .where('balance', '<=', sql<Points>`${maxBalancePoints}::bigint - ${amount}`)
    .returning('balance')
    .executeTakeFirst();
  return wallet?.balance;
}
