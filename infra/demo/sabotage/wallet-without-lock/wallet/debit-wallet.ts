/*
 * Broken on purpose: reads the balance, subtracts in memory, writes the rest. A credit in between is lost.
 */
import type { Tx } from '../../../../../lib/db/transaction.ts';
import type { Points, UserId } from '../../../../../lib/ids.ts';
import { readBalance, writeBalance } from './lock-wallet.ts';

export async function debitWallet(tx: Tx, userId: UserId, amount: Points): Promise<Points | undefined> {
  const before = await readBalance(tx, userId);
  if (before < amount) return undefined;
  return writeBalance(tx, userId, before - amount);
}
