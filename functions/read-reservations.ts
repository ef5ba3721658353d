import { json } from '../lib/http/answer.ts';
import { endpoint } from '../lib/http/endpoint.ts';
import { httpHandler } from '../lib/http/http-handler.ts';
import type { ReservationId } from '../lib/ids.ts';
import { PageQuery } from '../lib/page.ts';
import { findReservation, listReservations } from '../lib/reservations/read-reservations.ts';

export const handler = httpHandler({
  'GET /reservations': endpoint({
    access: 'user',
    query: PageQuery,
    handle: async ({ identity: { userId }, query }, { db }) =>
      json(200, await listReservations(db, userId, query)),
  }),
  'GET /reservations/{reservationId}': endpoint({
    access: 'user',
    handle: async ({ path, identity: { userId } }, { db }) =>
      json(200, await findReservation(db, userId, path.id<ReservationId>('reservationId'))),
  }),
});
