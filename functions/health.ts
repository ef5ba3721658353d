import { json } from '../lib/http/answer.ts';
import { checkHealth } from '../lib/http/check-health.ts';
import { endpoint } from '../lib/http/endpoint.ts';
import { httpHandler } from '../lib/http/http-handler.ts';

export const handler = httpHandler({
  'GET /health': endpoint({
    access: 'public',
    handle: async (_, services) => {
      const health = await checkHealth(services);
      return health.status === 'up' ? json(200, health) : json(503, health, { 'retry-after': '1' });
    },
  }),
});
