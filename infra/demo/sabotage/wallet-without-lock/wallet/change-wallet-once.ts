/*
 * Broken on purpose: changes a wallet without its pub/sub lock. The key alone keeps a request from being done twice.
 */
import type { Tx } from '../../../../../lib/db/transaction.ts';
import { type KeyedRequest, type OnceAnswer, runOnce } from '../../../../../lib/idempotency/run-once.ts';
import type { WalletServices } from '../../../../../lib/wallet/change-wallet-once.ts';

export type { WalletServices };

export async function changeWalletOnce(
  { db }: WalletServices,
  request: KeyedRequest,
  work: (tx: Tx, fence: number | undefined) => Promise<object>,
): Promise<OnceAnswer> {
  return runOnce(db, request, {}, (tx) => work(tx, undefined));
}
