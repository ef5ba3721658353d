import { Redis } from 'ioredis';
import type { StackUrls } from '../../infra/local/stack.ts';
import { openOwnApp } from './app.ts';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';
import { openWorld, type World } from './world.ts';

/** A world on an app of its own, with a proxy that fails on demand before each of its servers. */
export interface FaultyWorld extends World {
  readonly redis: FaultProxy;
  readonly postgres: FaultProxy;
  readonly kafka: FaultProxy;
  /** Loses all that the app has in Redis, past the proxy. */
  flushRedis(): Promise<void>;
}

const proxyOf = (url: string) => {
  const { hostname, port } = new URL(url);
  return startFaultProxy({ host: hostname, port: Number(port) });
};

/** Proxies before Redis, Postgres and Kafka, in this order. */
function startProxies({ redisUrl, databaseUrl, kafkaBrokers }: StackUrls): Promise<FaultProxy[]> {
  const [host = '', port] = kafkaBrokers.split(':');
  const kafka = startFaultProxy({ host, port: Number(port) }, { rewriteReplies: true });
  return Promise.all([proxyOf(redisUrl), proxyOf(databaseUrl), kafka]);
}

/** The same address by way of the proxy. */
function through(url: string, proxy: FaultProxy | undefined): string {
  const rewritten = new URL(url);
  if (proxy !== undefined) rewritten.port = String(proxy.port);
  return rewritten.href;
}

function urlsThrough(urls: StackUrls, [redis, postgres, kafka]: readonly FaultProxy[]): StackUrls {
  return {
    redisUrl: through(urls.redisUrl, redis),
    databaseUrl: through(urls.databaseUrl, postgres),
    kafkaBrokers: `${kafka?.host}:${kafka?.port}`,
  };
}

async function flushAll(redisUrl: string): Promise<void> {
  const redis = new Redis(redisUrl);
  try {
    await redis.flushall();
  } finally {
    redis.disconnect();
  }
}

/** Starts servers, proxies and an app: about ten seconds. `close` ends them all. */
export async function openFaultyWorld(): Promise<FaultyWorld> {
  const proxies: FaultProxy[] = [];
  const closeProxies = async () => {
    await Promise.all(proxies.map((proxy) => proxy.close()));
  };
  try {
    const app = await openOwnApp(async (urls) => {
      proxies.push(...(await startProxies(urls)));
      return urlsThrough(urls, proxies);
    });
    const [redis, postgres, kafka] = proxies;
    if (!redis || !postgres || !kafka) throw new Error('the app was started without its proxies');
    const world = await openWorld(app);
    const close = async () => {
      try {
        await world.close();
      } finally {
        await closeProxies();
      }
    };
    const flushRedis = () => flushAll(app.redisUrl);
    return { ...world, redis, postgres, kafka, flushRedis, close, [Symbol.asyncDispose]: close };
  } catch (error) {
    await closeProxies();
    throw error;
  }
}
