/*
 * Broken on purpose: reads the balance, adds in memory, writes the sum. Of two at once, one credit is lost.
 */
import type { Tx } from '../../../../../lib/db/transaction.ts';
import type { Points, UserId } from '../../../../../lib/ids.ts';
import { readBalance, writeBalance } from './lock-wallet.ts';

export async function creditWallet(tx: Tx, userId: UserId, amount: Points): Promise<Points | undefined> {
  const sum = (await readBalance(tx, userId)) + amount;
  return writeBalance(tx, userId, sum);
}
