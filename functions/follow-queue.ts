import { json, noContent } from '../lib/http/answer.ts';
import { cachedAnswer } from '../lib/http/cached-answer.ts';
import { endpoint } from '../lib/http/endpoint.ts';
import { httpHandler } from '../lib/http/http-handler.ts';
import type { PerformanceId } from '../lib/ids.ts';
import { leaveQueue } from '../lib/queue/leave-queue.ts';
import { readPlace } from '../lib/queue/read-place.ts';
import { readQueue } from '../lib/queue/read-queue.ts';

export const handler = httpHandler({
  'GET /performances/{performanceId}/queue': endpoint({
    access: 'public',
    handle: async ({ path, ifNoneMatch }, services) =>
      cachedAnswer(await readQueue(services, path.id<PerformanceId>('performanceId')), ifNoneMatch),
  }),
  'GET /performances/{performanceId}/queue/me': endpoint({
    access: 'user',
    handle: async ({ path, identity: { userId } }, { db, redis, receiptKey }) => {
      const performanceId = path.id<PerformanceId>('performanceId');
      const services = { db, redis, receiptKey: await receiptKey() };
      return json(200, await readPlace(services, { performanceId, userId }));
    },
  }),
  'DELETE /performances/{performanceId}/queue/me': endpoint({
    access: 'user',
    handle: async ({ path, identity: { userId } }, services) => {
      await leaveQueue(services, { performanceId: path.id<PerformanceId>('performanceId'), userId });
      return noContent;
    },
  }),
});
