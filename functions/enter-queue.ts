import * as v from 'valibot';
import { json } from '../lib/http/answer.ts';
import { endpoint } from '../lib/http/endpoint.ts';
import { httpHandler } from '../lib/http/http-handler.ts';
import type { PerformanceId } from '../lib/ids.ts';
import { enterQueue } from '../lib/queue/enter-queue.ts';

/** What cannot be a receipt of ours restores nothing, and is not worth refusing. */
const EntryShape = v.optional(v.strictObject({ receipt: v.optional(v.string('a text')) }), {});

export const handler = httpHandler({
  'POST /performances/{performanceId}/queue': endpoint({
    access: 'user',
    body: EntryShape,
    bodyOptional: true,
    handle: async ({ path, identity: { userId }, body }, { config, db, cache, receiptKey }) => {
      const performanceId = path.id<PerformanceId>('performanceId');
      const { redis } = await cache();
      const services = { db, redis, receiptKey: await receiptKey(), ...config.queue };
      const receipt = body.receipt === undefined ? {} : { receipt: body.receipt };
      const { place, created } = await enterQueue(services, { performanceId, userId, ...receipt });
      return json(created ? 201 : 200, place);
    },
  }),
});
