/*
 * Broken on purpose: does the charge under a key of its own in place of the client's. A request that is sent twice
 * is credited twice.
 */
import { randomUUID } from 'node:crypto';
import { Problem } from '../../../../../lib/errors.ts';
import type { OnceAnswer } from '../../../../../lib/idempotency/run-once.ts';
import { type ChargeId, newId } from '../../../../../lib/ids.ts';
import { changeWalletOnce, type WalletServices } from '../../../../../lib/wallet/change-wallet-once.ts';
import type { ChargeRequest } from '../../../../../lib/wallet/charge-wallet.ts';
import { creditWallet } from '../../../../../lib/wallet/credit-wallet.ts';
import { lockWallet } from '../../../../../lib/wallet/lock-wallet.ts';
import { recordTransfer } from '../../../../../lib/wallet/record-transfer.ts';

export type { ChargeRequest };

export async function chargeWallet(services: WalletServices, request: ChargeRequest): Promise<OnceAnswer> {
  const { userId, amountPoints, idempotencyKey, requestId } = request;
  const keyed = { userId, operation: 'charge', key: randomUUID(), content: {}, requestId } as const;
  return changeWalletOnce(services, keyed, async (tx, fence) => {
    await lockWallet(tx, userId, fence);
    const balance = await creditWallet(tx, userId, amountPoints);
    if (balance === undefined) throw new Problem('balance-limit', 'There are too many points.');
    const chargeId = newId<ChargeId>();
    const charge = {
      charge_id: chargeId,
      user_id: userId,
      amount: amountPoints,
      idempotency_key: idempotencyKey,
    };
    await tx.insertInto('charges').values(charge).execute();
    const transfer = {
      userId,
      kind: 'charge',
      amountPoints,
      balanceAfter: balance,
      referenceId: chargeId,
    } as const;
    await recordTransfer(tx, transfer);
    return { chargeId, amount: amountPoints, balance };
  });
}
