import * as v from 'valibot';
import { json, noContent } from '../lib/http/answer.ts';
import { endpoint } from '../lib/http/endpoint.ts';
import { httpHandler } from '../lib/http/http-handler.ts';
import type { HoldId } from '../lib/ids.ts';
import { extendHold } from '../lib/seats/extend-hold.ts';
import { findHold } from '../lib/seats/find-hold.ts';
import { releaseHold } from '../lib/seats/release-hold.ts';

/** There is nothing to say of an extension: who names a time is told so rather than given another. */
const ExtensionShape = v.optional(v.strictObject({}), {});

export const handler = httpHandler({
  'GET /holds/{holdId}': endpoint({
    access: 'user',
    handle: async ({ path, identity: { userId } }, { db }) =>
      json(200, await findHold(db, userId, path.id<HoldId>('holdId'))),
  }),
  'POST /holds/{holdId}/extension': endpoint({
    access: 'user',
    body: ExtensionShape,
    bodyOptional: true,
    handle: async ({ path, identity: { userId } }, { db, cache }) => {
      const { seatLock } = await cache();
      return json(200, await extendHold({ db, seatLock }, userId, path.id<HoldId>('holdId')));
    },
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
