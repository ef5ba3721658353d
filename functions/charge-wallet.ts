import * as v from 'valibot';
import { endpoint } from '../lib/http/endpoint.ts';
import { httpHandler } from '../lib/http/http-handler.ts';
import { onceAnswer } from '../lib/http/once-answer.ts';
import { points } from '../lib/http/shapes.ts';
import { chargeWallet } from '../lib/wallet/charge-wallet.ts';

const ChargeShape = v.strictObject({ amount: points(1, 10_000_000) });

export const handler = httpHandler({
  'POST /wallet/charges': endpoint({
    access: 'user',
    idempotent: true,
    body: ChargeShape,
    handle: async ({ identity: { userId }, body, idempotencyKey, requestId }, { db, cache }) =>
      onceAnswer(
        await chargeWallet(
          { db, ...(await cache()) },
          { userId, amountPoints: body.amount, idempotencyKey, requestId },
        ),
      ),
  }),
});
