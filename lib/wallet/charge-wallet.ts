import { Problem } from '../errors.ts';
import type { OnceAnswer } from '../idempotency/run-once.ts';
import { type ChargeId, newId, type Points, type UserId } from '../ids.ts';
import { changeWalletOnce, type WalletServices } from './change-wallet-once.ts';
import { creditWallet } from './credit-wallet.ts';
import { lockWallet } from './lock-wallet.ts';
import { recordTransfer } from './record-transfer.ts';

export interface ChargeRequest {
  readonly userId: UserId;
  readonly amountPoints: Points;
  readonly idempotencyKey: string;
  readonly requestId: string;
}

/**
 * Credits points once a key: `{ chargeId, amount, balance }`.
 *
 * @throws Problem `balance-limit`, and what `changeWalletOnce` throws
 */
export async function chargeWallet(services: WalletServices, request: ChargeRequest): Promise<OnceAnswer> {
  const { userId, amountPoints: amount, idempotencyKey: key, requestId } = request;
  const keyed = { userId, operation: 'charge', key, content: { amount }, requestId } as const;
  return changeWalletOnce(services, keyed, async (tx, fence) => {
    await lockWallet(tx, userId, fence);
    const balance = await creditWallet(tx, userId, amount);
    if (balance === undefined) {
      throw new Problem('balance-limit', 'A balance is at most 1,000,000,000,000 points.');
    }
    const chargeId = newId<ChargeId>();
    await tx
      .insertInto('charges')
      .values({ charge_id: chargeId, user_id: userId, amount, idempotency_key: key })
      .execute();
    await recordTransfer(tx, {
      userId,
      kind: 'charge',
      amountPoints: amount,
      balanceAfter: balance,
      referenceId: chargeId,
    });
    return { chargeId, amount, balance };
  });
}
