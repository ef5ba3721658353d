import { json, noContent } from '../lib/http/answer.ts';
import { endpoint } from '../lib/http/endpoint.ts';
import { httpHandler } from '../lib/http/http-handler.ts';
import type { HoldId } from '../lib/ids.ts';
import { findHold } from '../lib/seats/find-hold.ts';
import { releaseHold } from '../lib/seats/release-hold.ts';

export const handler = httpHandler({
  'GET /holds/{holdId}': endpoint({
    access: 'user',
    handle: async ({ path, identity: { userId } }, { db }) =>
      json(200, await findHold(db, userId, path.id<HoldId>('holdId'))),
  }),
  'DELETE /holds/{holdId}': endpoint({
    access: 'user',
    handle: async ({ path, identity: { userId } }, { db, cache }) => {
      const { seatLock } = await cache();
      await releaseHold({ db, seatLock }, userId, path.id<HoldId>('holdId'));
      return noContent;
    },
  }),
});
