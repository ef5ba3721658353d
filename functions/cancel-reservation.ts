import { endpoint } from '../lib/http/endpoint.ts';
import { httpHandler } from '../lib/http/http-handler.ts';
import { onceAnswer } from '../lib/http/once-answer.ts';
import type { ReservationId } from '../lib/ids.ts';
import { cancelReservation } from '../lib/reservations/cancel-reservation.ts';

export const handler = httpHandler({
  'DELETE /reservations/{reservationId}': endpoint({
    access: 'user',
    idempotent: true,
    handle: async ({ identity: { userId }, path, idempotencyKey, requestId }, { db, cache }) => {
      const reservationId = path.id<ReservationId>('reservationId');
      const services = { db, ...(await cache()) };
      return onceAnswer(
        await cancelReservation(services, { userId, reservationId, idempotencyKey, requestId }),
      );
    },
  }),
});
