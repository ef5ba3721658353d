import { json } from '../lib/http/answer.ts';
import { endpoint } from '../lib/http/endpoint.ts';
import { httpHandler } from '../lib/http/http-handler.ts';
import { createPerformance } from '../lib/performances/create-performance.ts';
import { PerformanceShape } from '../lib/performances/performance-shape.ts';

export const handler = httpHandler({
  'POST /performances': endpoint({
    access: 'admin',
    body: PerformanceShape,
    handle: async ({ body }, { db, cache }) => {
      const performance = await createPerformance({ db, cache }, body);
      return json(201, performance, { location: `/performances/${performance.performanceId}` });
    },
  }),
});
