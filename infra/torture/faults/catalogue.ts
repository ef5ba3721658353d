import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { Random } from '../../demo/random.ts';
import type { TortureStage } from '../stage/open-stage.ts';
import { freeze } from '../stage/process-tree.ts';
import { type Service, services } from '../stage/service.ts';
import type { Fault } from './fault.ts';
import { fillPostgres, mayMount } from './fill-postgres.ts';

/** Longer than every lock, 5 s at most, and every hold, `holdSeconds`. */
const outageMs = [8_000, 11_000] as const;
/** Longer than every lease: the relay's and the session of a consumer are 10 s. */
const stopMs = [11_000, 13_000] as const;
const cuttingMs = [5_000, 7_000] as const;
const delayMs = 2_000;

const nothingToTakeBack = async () => undefined;

const kill = (service: Service): Fault => ({
  name: `kill-${service}`,
  service,
  effect: 'blip',
  lastsMs: [0, 0],
  async inject(stage) {
    process.kill(stage.pidOf(service), 'SIGKILL');
    return nothingToTakeBack;
  },
});

const stop = (service: Service): Fault => ({
  name: `stop-${service}`,
  service,
  effect: 'away',
  lastsMs: stopMs,
  async inject(stage) {
    const wake = await freeze(stage.pidOf(service));
    return async () => wake();
  },
});

const refuse = (service: Service): Fault => ({
  name: `refuse-${service}`,
  service,
  effect: 'away',
  lastsMs: outageMs,
  inject: (stage) => throughProxy(stage, service, { kind: 'refuse' }),
});

const blackHole = (service: Service): Fault => ({
  name: `black-hole-${service}`,
  service,
  effect: 'away',
  lastsMs: outageMs,
  inject: (stage) => throughProxy(stage, service, { kind: 'black-hole' }),
});

const delay = (service: Service): Fault => ({
  name: `delay-${service}`,
  service,
  effect: 'shaky',
  lastsMs: outageMs,
  inject: (stage) => throughProxy(stage, service, { kind: 'delay', delayMs }),
});

const cut = (service: Service): Fault => ({
  name: `cut-${service}`,
  service,
  effect: 'shaky',
  lastsMs: cuttingMs,
  async inject({ proxies }, random) {
    const over = new AbortController();
    const cutting = keepCutting(() => proxies[service].cut(), random, over.signal);
    return async () => {
      over.abort();
      await cutting;
    };
  },
});

const flush: Fault = {
  name: 'flush-redis',
  service: 'redis',
  effect: 'blip',
  lastsMs: [0, 0],
  async inject({ redisUrl }) {
    const redis = new Redis(redisUrl);
    try {
      await redis.flushall();
    } finally {
      redis.disconnect();
    }
    return nothingToTakeBack;
  },
};

/** Every fault that can be had here, by service, the shortest first. */
export const catalogue: readonly Fault[] = services.flatMap((service) => [
  kill(service),
  ...(service === 'redis' ? [flush] : []),
  cut(service),
  refuse(service),
  blackHole(service),
  delay(service),
  stop(service),
  ...(service === 'postgres' && mayMount() ? [fillPostgres] : []),
]);

async function throughProxy(
  { proxies }: TortureStage,
  service: Service,
  fault: Parameters<TortureStage['proxies'][Service]['set']>[0],
): Promise<() => Promise<void>> {
  await proxies[service].set(fault);
  return () => proxies[service].set({ kind: 'none' });
}

/** Every connection is cut a few times a second, at moments that the seed gives. */
async function keepCutting(cutAll: () => void, random: Random, over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    cutAll();
    await sleep(random.whole(150, 600), undefined, { signal: over }).catch(() => {
      // The end of the fault is what the pause is meant to be cut short by.
    });
  }
}
