import { json } from '../lib/http/answer.ts';
import { endpoint } from '../lib/http/endpoint.ts';
import { httpHandler } from '../lib/http/http-handler.ts';
import type { ReservationRequestId } from '../lib/ids.ts';
import { findRequest } from '../lib/requests/find-request.ts';

export const handler = httpHandler({
  'GET /reservation-requests/{requestId}': endpoint({
    access: 'user',
    handle: async ({ path, identity: { userId } }, { db }) =>
      json(200, await findRequest(db, userId, path.id<ReservationRequestId>('requestId'))),
  }),
});
