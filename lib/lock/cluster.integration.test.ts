import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { type PrivateCluster, privateCluster } from '../../infra/bench/private-cluster.ts';
import { eventually } from '../../test/contract/eventually.ts';
import { createRedis } from '../redis/client.ts';
import { createLock } from './create-lock.ts';
import { factTests } from './testing/fact-tests.ts';
import { lockConformance } from './testing/lock-conformance.ts';

let cluster: PrivateCluster;
const connect = () => createRedis({ url: cluster.url, cluster: true });

beforeAll(async () => {
  cluster = await privateCluster();
}, 60_000);

afterAll(() => cluster.close());

lockConformance(connect);
factTests('cluster', () => cluster.url);

/** Cuts every connection that listens, on every node. */
async function killListeners(): Promise<void> {
  for (const { url } of cluster.nodes) {
    const node = new Redis(url);
    await node.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    node.disconnect();
  }
}

describe('the pub/sub lock on a cluster', () => {
  test('the connections for listening are lost while somebody waits: it is served, and hears again later', async () => {
    const clients = [connect(), connect()];
    const [holding, waiting] = clients.map((client) => createLock('pubsub', client));
    if (!holding || !waiting) throw new Error('two locks are needed');
    const resource = '{lost}';
    const line = () => clients[0]?.lrange(`${resource}:line`, 0, -1);
    /** By its name in line: its process hears of the turn. */
    const heardOf = () =>
      eventually(
        'a waiter that hears',
        5_000,
        async () => /^[0-9a-f]+:\d+ /.test((await line())?.[0] ?? '') || undefined,
      );
    const lease = await holding.acquire([resource], { leaseMs: 10_000, waitMs: 0 });
    const next = waiting.acquire([resource], { leaseMs: 10_000, waitMs: 8_000 });
    await heardOf();
    await killListeners();
    await lease.release();
    const releasedAtMs = performance.now();
    await (await next).release();
    expect(performance.now() - releasedAtMs).toBeLessThan(500);

    const again = await holding.acquire([resource], { leaseMs: 10_000, waitMs: 1_000 });
    const last = waiting.acquire([resource], { leaseMs: 10_000, waitMs: 8_000 });
    await heardOf();
    await again.release();
    await (await last).release();
    await Promise.all([holding.close(), waiting.close()]);
    for (const client of clients) client.disconnect();
  });
});
