import { sql } from 'kysely';
import type { Tx } from '../db/transaction.ts';
import type { Points, UserId } from '../ids.ts';
import { LockLostError } from '../lock/errors.ts';
import { walletLock } from '../redis/keys.ts';

/**
 * Locks the wallet's row until the transaction ends, and makes the wallet of a new user. One statement,
 * which also compares the fence: a lease older than the last one that changed the wallet is refused.
 *
 * @param fence of the lease; undefined when there is none, and the row lock guards alone
 * @returns the balance
 * @throws LockLostError
 */
export async function lockWallet(tx: Tx, userId: UserId, fence: number | undefined): Promise<Points> {
  const wallet = await tx
    .insertInto('wallets')
    .values({ user_id: userId, fence: fence ?? 0 })
    .onConflict((conflict) =>
      conflict
        .column('user_id')
        .doUpdateSet({ fence: sql`greatest(wallets.fence, excluded.fence)` })
        .where(sql<boolean>`${fence === undefined}::boolean OR wallets.fence <= excluded.fence`),
    )
    .returning('balance')
    .executeTakeFirst();
  if (wallet === undefined) throw new LockLostError([walletLock(userId)]);
  return wallet.balance;
}
