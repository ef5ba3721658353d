import * as v from 'valibot';
import { endpoint } from '../lib/http/endpoint.ts';
import { httpHandler } from '../lib/http/http-handler.ts';
import { onceAnswer } from '../lib/http/once-answer.ts';
import { id } from '../lib/http/shapes.ts';
import type { HoldId } from '../lib/ids.ts';
import { payHold } from '../lib/reservations/pay-hold.ts';

const PaymentShape = v.strictObject({ holdId: id<HoldId>() });

export const handler = httpHandler({
  'POST /payments': endpoint({
    access: 'user',
    idempotent: true,
    body: PaymentShape,
    handle: async ({ identity: { userId }, body, idempotencyKey, requestId }, { db, cache }) =>
      onceAnswer(
        await payHold({ db, ...(await cache()) }, { userId, holdId: body.holdId, idempotencyKey, requestId }),
      ),
  }),
});
