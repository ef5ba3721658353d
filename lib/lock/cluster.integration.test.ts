import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type PrivateCluster, privateCluster } from '../../infra/bench/private-cluster.ts';
import { createRedis } from '../redis/client.ts';
import { createLock } from './create-lock.ts';
import { lockConformance } from './testing/lock-conformance.ts';

let cluster: PrivateCluster;
const connect = () => createRedis({ url: cluster.url, cluster: true });

beforeAll(async () => {
  cluster = await privateCluster();
}, 60_000);

afterAll(() => cluster.close());

lockConformance(connect);

describe('the pub/sub lock on a cluster', () => {
  test('tells the next in line at once, on every shard', async () => {
    const clients = [connect(), connect()];
    const [holding, waiting] = clients.map((client) => createLock('pubsub', client));
    if (!holding || !waiting) throw new Error('two locks are needed');
    for (const resource of ['{a}', '{b}', '{c}', '{d}', '{e}', '{f}']) {
      const lease = await holding.acquire([resource], { leaseMs: 5_000, waitMs: 0 });
      const attempts: number[] = [];
      const next = waiting.acquire([resource], { leaseMs: 5_000, waitMs: 3_000 });
      void next.then(() => attempts.push(performance.now()));
      await new Promise((resolve) => setTimeout(resolve, 60));
      const releasedAtMs = performance.now();
      await lease.release();
      await (await next).release();
      // A waiter that was not told would look by itself some 100 ms later.
      expect((attempts[0] ?? Number.POSITIVE_INFINITY) - releasedAtMs).toBeLessThan(50);
    }
    await Promise.all([holding.close(), waiting.close()]);
    for (const client of clients) client.disconnect();
  });
});
