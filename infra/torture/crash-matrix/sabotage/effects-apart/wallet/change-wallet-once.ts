/*
 * Broken on purpose: commits the effect before the key that guards it. Killed in between, whoever repeats the request
 * has it carried out again.
 */
import { inTransaction, type Tx } from '../../../../../../lib/db/transaction.ts';
import {
  type KeyedRequest,
  type OnceAnswer,
  recallAnswer,
  runOnce,
} from '../../../../../../lib/idempotency/run-once.ts';
import type { WalletServices } from '../../../../../../lib/wallet/change-wallet-once.ts';

export type { WalletServices };

export async function changeWalletOnce(
  { db }: WalletServices,
  request: KeyedRequest,
  work: (tx: Tx, fence: number | undefined) => Promise<object>,
): Promise<OnceAnswer> {
  const kept = await recallAnswer(db, request);
  if (kept !== undefined) return kept;
  const result = await inTransaction(db, {}, (tx) => work(tx, undefined));
  return runOnce(db, request, {}, async () => result);
}
