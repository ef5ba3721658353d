import { type FaultProxy, startFaultProxy } from '../../../test/contract/fault-proxy.ts';
import { prepareSabotage } from '../../demo/sabotage.ts';
import { startApp } from '../../local/app.ts';
import { mintTokens } from '../../local/mint-token.ts';
import { createLocalTopics, type Listener, type StackUrls, startStack } from '../../local/stack.ts';
import type { ServiceName } from '../../local/supervision/service.ts';
import { Workplace } from '../../local/supervision/workplace.ts';
import { migrateToLatest } from '../../migrations/migrate.ts';
import type { Service } from './service.ts';

/** Longer than any run: a soak takes a day at most. */
const tokenTtlSeconds = 90_000;

/** The app on servers of its own, each behind a proxy that fails on demand. */
export interface TortureStage {
  readonly http: string;
  /** The servers themselves, past the proxies: for the audit and for what is done to them. */
  readonly redisUrl: string;
  readonly databaseUrl: string;
  readonly kafkaBrokers: readonly string[];
  readonly topic: string;
  readonly proxies: Readonly<Record<Service, FaultProxy>>;
  readonly appLogFile: string;
  /** The pid of a server as it is now: one that died has another after its restart. */
  pidOf(name: ServiceName): number;
  issueTokens(userIds: readonly string[], role: { readonly admin: boolean }): Promise<string[]>;
  /** Stops and deletes everything. May be called again. */
  close(): Promise<void>;
}

export interface StageOptions {
  /** The specimen to build in place of the real thing, or null. */
  readonly sabotage: string | null;
  readonly interrupted: AbortSignal;
  readonly listener: Listener;
}

type Closing = (() => Promise<void>)[];

/**
 * Starts Redis, Postgres, Kafka and the app in throw-away folders. Servers that the environment names are never
 * taken: what happens here would be done to them.
 *
 * @throws the reason of the interruption, or what the launcher throws; what was started is stopped before
 */
export async function openStage(options: StageOptions): Promise<TortureStage> {
  const { interrupted } = options;
  const closing: Closing = [];
  let closed = Promise.resolve();
  const close = () => {
    closed = closed.then(() => closeAll(closing));
    return closed;
  };
  const interrupt = () => void close();
  interrupted.addEventListener('abort', interrupt, { once: true });
  try {
    return { ...(await open(options, closing)), close };
  } catch (error) {
    await close();
    throw interrupted.aborted ? interrupted.reason : error;
  } finally {
    interrupted.removeEventListener('abort', interrupt);
  }
}

async function closeAll(closing: Closing): Promise<void> {
  for (let end = closing.pop(); end !== undefined; end = closing.pop()) await end();
}

async function open(options: StageOptions, closing: Closing): Promise<Omit<TortureStage, 'close'>> {
  const { sabotage, interrupted } = options;
  const pids = new Map<ServiceName, number>();
  const listener: Listener = (name, what, pid) => {
    if (pid !== undefined) pids.set(name, pid);
    options.listener(name, what, pid);
  };
  const onWorkplace = (workplace: Workplace) => closing.push(() => workplace.close());
  const stack = await startStack({ listener, onWorkplace });
  await Promise.all([migrateToLatest(stack.databaseUrl), createLocalTopics(stack.kafkaBrokers)]);
  if (sabotage !== null) await prepareSabotage(sabotage, stack.databaseUrl);
  const proxies = await startProxies(stack, closing);
  interrupted.throwIfAborted();
  const workplace = Workplace.throwAway();
  closing.push(() => workplace.close());
  const env = sabotage === null ? {} : { SABOTAGE: sabotage };
  const app = await startApp({ urls: throughProxies(stack, proxies), env, workplace, listener });
  return {
    http: app.http,
    redisUrl: stack.redisUrl,
    databaseUrl: stack.databaseUrl,
    kafkaBrokers: stack.kafkaBrokers.split(','),
    topic: 'reservation-events',
    proxies,
    appLogFile: app.logFile,
    pidOf: (name) => {
      const pid = pids.get(name);
      if (pid === undefined) throw new Error(`${name} was not started`);
      return pid;
    },
    issueTokens: (userIds, { admin }) => mintTokens(userIds, { admin, ttlSeconds: tokenTtlSeconds }),
  };
}

type Proxies = Readonly<Record<Service, FaultProxy>>;

async function startProxies(urls: StackUrls, closing: Closing): Promise<Proxies> {
  const before = async (url: string, rewriteReplies = false): Promise<FaultProxy> => {
    const { hostname: host, port } = new URL(url);
    const proxy = await startFaultProxy({ host, port: Number(port) }, { rewriteReplies });
    closing.push(() => proxy.close());
    return proxy;
  };
  return {
    redis: await before(urls.redisUrl),
    postgres: await before(urls.databaseUrl),
    kafka: await before(`kafka://${urls.kafkaBrokers}`, true),
  };
}

function throughProxies(
  { redisUrl, databaseUrl }: StackUrls,
  { redis, postgres, kafka }: Proxies,
): StackUrls {
  const by = (url: string, { port }: FaultProxy): string => {
    const moved = new URL(url);
    moved.port = String(port);
    return moved.href;
  };
  return {
    redisUrl: by(redisUrl, redis),
    databaseUrl: by(databaseUrl, postgres),
    kafkaBrokers: `${kafka.host}:${kafka.port}`,
  };
}
