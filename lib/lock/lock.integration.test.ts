import { afterAll, beforeAll } from '@jest/globals';
import { type PrivateRedis, privateRedis } from '../../infra/bench/private-redis.ts';
import { createRedis } from '../redis/client.ts';
import { lockConformance } from './testing/lock-conformance.ts';

let server: PrivateRedis;

beforeAll(async () => {
  server = await privateRedis();
}, 60_000);

afterAll(() => server.close());

lockConformance(() => createRedis({ url: server.url, cluster: false }));
