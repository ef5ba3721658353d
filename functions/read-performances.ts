import { cachedAnswer } from '../lib/http/cached-answer.ts';
import { endpoint } from '../lib/http/endpoint.ts';
import { httpHandler } from '../lib/http/http-handler.ts';
import type { PerformanceId } from '../lib/ids.ts';
import { PageQuery } from '../lib/page.ts';
import { findPerformance } from '../lib/performances/find-performance.ts';
import { listPerformances } from '../lib/performances/list-performances.ts';
import { readSeatMap } from '../lib/seats/read-seat-map.ts';

export const handler = httpHandler({
  'GET /performances': endpoint({
    access: 'public',
    query: PageQuery,
    handle: async ({ query, ifNoneMatch }, { db }) =>
      cachedAnswer(await listPerformances(db, query), ifNoneMatch),
  }),
  'GET /performances/{performanceId}': endpoint({
    access: 'public',
    handle: async ({ path, ifNoneMatch }, { db }) =>
      cachedAnswer(await findPerformance(db, path.id<PerformanceId>('performanceId')), ifNoneMatch),
  }),
  'GET /performances/{performanceId}/seats': endpoint({
    access: 'public',
    handle: async ({ path, ifNoneMatch }, { db }) =>
      cachedAnswer(await readSeatMap(db, path.id<PerformanceId>('performanceId')), ifNoneMatch),
  }),
});
