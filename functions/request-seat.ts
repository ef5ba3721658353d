import * as v from 'valibot';
import { endpoint } from '../lib/http/endpoint.ts';
import { httpHandler } from '../lib/http/http-handler.ts';
import { onceAnswer } from '../lib/http/once-answer.ts';
import { id } from '../lib/http/shapes.ts';
import type { PerformanceId } from '../lib/ids.ts';
import { requestSeat } from '../lib/requests/request-seat.ts';
import { parseSeatId } from '../lib/seats/parse-seat-ids.ts';

const RequestShape = v.strictObject({ seatId: id<string>() });

export const handler = httpHandler({
  'POST /performances/{performanceId}/reservation-requests': endpoint({
    access: 'user',
    idempotent: true,
    body: RequestShape,
    handle: async ({ path, identity: { userId }, body, idempotencyKey, requestId }, context) => {
      const hall = await context.findHall(path.id<PerformanceId>('performanceId'));
      const seatId = parseSeatId(hall, body.seatId);
      const services = { db: context.db, ...(await context.cache()) };
      const accepted = await requestSeat(services, { userId, hall, seatId, idempotencyKey, requestId });
      return onceAnswer(accepted.answer, `/reservation-requests/${accepted.requestId}`);
    },
  }),
});
