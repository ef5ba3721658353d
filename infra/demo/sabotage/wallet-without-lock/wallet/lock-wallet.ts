/*
 * Broken on purpose: makes the wallet of a new user and reads it, but locks no row. Others read the same balance.
 */
import { sql } from 'kysely';
import type { Tx } from '../../../../../lib/db/transaction.ts';
import type { Points, UserId } from '../../../../../lib/ids.ts';

export async function lockWallet(tx: Tx, userId: UserId): Promise<Points> {
  await tx
    .insertInto('wallets')
    .values({ user_id: userId, fence: 0 })
    .onConflict((conflict) => conflict.column('user_id').doNothing())
    .execute();
  return readBalance(tx, userId);
}

export async function readBalance(tx: Tx, userId: UserId): Promise<Points> {
  const { balance } = await tx
    .selectFrom('wallets')
    .select('balance')
    .where('user_id', '=', userId)
    .executeTakeFirstOrThrow();
  return balance;
}

export async function writeBalance(tx: Tx, userId: UserId, points: number): Promise<Points> {
  const { balance } = await tx
    .updateTable('wallets')
    .set({ balance: sql<Points>`${points}::bigint` })
    .where('user_id', '=', userId)
    .returning('balance')
    .executeTakeFirstOrThrow();
  return balance;
}
