import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { freePort } from '../local/ports.ts';
import { type PrivateRedis, privateRedis } from './private-redis.ts';

const slots = 16_384;
const readyWithinMs = 20_000;
const lookIntervalMs = 50;

export interface PrivateCluster {
  readonly url: string;
  readonly nodes: readonly PrivateRedis[];
  close(): Promise<void>;
}

/** A Redis Cluster of masters without replicas that nobody else uses. */
export async function privateCluster(size = 3): Promise<PrivateCluster> {
  const nodes: PrivateRedis[] = [];
  const close = async () => {
    await Promise.all(nodes.map((node) => node.close()));
  };
  try {
    for (let index = 0; index < size; index += 1) nodes.push(await startNode());
    await join(nodes);
  } catch (error) {
    await close();
    throw error;
  }
  return { url: nodes[0]?.url ?? '', nodes, close };
}

async function startNode(): Promise<PrivateRedis> {
  return privateRedis({
    'cluster-enabled': 'yes',
    'cluster-config-file': 'nodes.conf',
    'cluster-node-timeout': '2000',
    // The usual port of the bus, 10,000 above, may be somebody's.
    'cluster-port': String(await freePort()),
  });
}

async function join(nodes: readonly PrivateRedis[]): Promise<void> {
  const clients = nodes.map(({ url }) => new Redis(url));
  try {
    const share = Math.ceil(slots / clients.length);
    for (const [index, client] of clients.entries()) {
      const last = Math.min((index + 1) * share, slots) - 1;
      await client.call('CLUSTER', 'ADDSLOTSRANGE', index * share, last);
      await client.call('CLUSTER', 'SET-CONFIG-EPOCH', index + 1);
    }
    for (const { port } of nodes)
      await clients[0]?.call('CLUSTER', 'MEET', '127.0.0.1', port, await busPort(port, clients, nodes));
    await Promise.all(clients.map((client) => untilWhole(client, nodes.length)));
  } finally {
    for (const client of clients) client.disconnect();
  }
}

async function busPort(
  port: number,
  clients: readonly Redis[],
  nodes: readonly PrivateRedis[],
): Promise<string> {
  const client = clients[nodes.findIndex((node) => node.port === port)];
  const [, value] = (await client?.config('GET', 'cluster-port')) ?? [];
  return String(value);
}

async function untilWhole(client: Redis, size: number): Promise<void> {
  const deadlineMs = performance.now() + readyWithinMs;
  for (;;) {
    const info = String(await client.call('CLUSTER', 'INFO'));
    if (info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${size}`)) return;
    if (performance.now() > deadlineMs) throw new Error(`the cluster did not form: ${info}`);
    await sleep(lookIntervalMs);
  }
}
