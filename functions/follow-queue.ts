import { json, noContent } from '../lib/http/answer.ts';
import { cachedAnswer } from '../lib/http/cached-answer.ts';
import { endpoint } from '../lib/http/endpoint.ts';
import { httpHandler } from '../lib/http/http-handler.ts';
import type { PerformanceId } from '../lib/ids.ts';
import { AscendingPageQuery } from '../lib/page.ts';
import { leaveQueue } from '../lib/queue/leave-queue.ts';
import { readDraw } from '../lib/queue/read-draw.ts';
import { readPlace } from '../lib/queue/read-place.ts';
import { readQueue } from '../lib/queue/read-queue.ts';

/** A draw does not change any more, and its list is fetched page by page by whoever checks it. */
const drawMaxAgeSeconds = 60;

export const handler = httpHandler({
  'GET /performances/{performanceId}/queue': endpoint({
    access: 'public',
    handle: async ({ path, ifNoneMatch }, { db, cache }) => {
      const { redis } = await cache();
      const view = await readQueue({ db, redis }, path.id<PerformanceId>('performanceId'));
      return cachedAnswer(view, ifNoneMatch);
    },
  }),
  'GET /performances/{performanceId}/draw': endpoint({
    access: 'public',
    query: AscendingPageQuery,
    handle: async ({ path, query, ifNoneMatch }, { db, cache }) => {
      const { redis } = await cache();
      const draw = await readDraw({ db, redis }, path.id<PerformanceId>('performanceId'), query);
      return cachedAnswer(draw, ifNoneMatch, drawMaxAgeSeconds);
    },
  }),
  'GET /performances/{performanceId}/queue/me': endpoint({
    access: 'user',
    handle: async ({ path, identity: { userId } }, { config, db, cache, receiptKey }) => {
      const performanceId = path.id<PerformanceId>('performanceId');
      const { redis } = await cache();
      const services = { db, redis, receiptKey: await receiptKey(), ...config.queue };
      return json(200, await readPlace(services, { performanceId, userId }));
    },
  }),
  'DELETE /performances/{performanceId}/queue/me': endpoint({
    access: 'user',
    handle: async ({ path, identity: { userId } }, { db, cache }) => {
      const { redis } = await cache();
      await leaveQueue({ db, redis }, { performanceId: path.id<PerformanceId>('performanceId'), userId });
      return noContent;
    },
  }),
});
