import { readFileSync } from 'node:fs';
import { createLock, type LockKind } from '../../../lib/lock/create-lock.ts';
import { quantile } from '../../lab/statistics.ts';
import type { BenchRoom } from '../bench-room.ts';
import { loadBetween, serverLoad } from '../server-load.ts';

/** Until the code of all three is compiled: the first to be measured must not pay for it. */
const warmUpPairs = 5_000;
const pairsPerBlock = 500;
const blocks = 31;
const leaseMs = 10_000;

export interface Uncontended {
  /** Acquisitions with their releases, one after the other on one connection; the median of the blocks. */
  readonly pairsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly requestsPerPair: number;
  /** The same two commands without a lock around them, in the same minute. */
  readonly rawPairsPerSecond: number;
}

/** The least that a lock can be: what a raw pair runs. */
const takeSource = readFileSync(new URL('./raw-take.lua', import.meta.url), 'utf8');
const giveBackSource = readFileSync(new URL('./raw-give-back.lua', import.meta.url), 'utf8');

/** A free lock taken and given back, against raw pairs of `EVALSHA`, in blocks that take turns. */
export async function measureUncontended(room: BenchRoom, kind: LockKind): Promise<Uncontended> {
  const lock = createLock(kind, room.redis);
  const resource = `{uncontended-${kind}}`;
  const ourPair = async () => {
    const lease = await lock.acquire([resource], { leaseMs, waitMs: 0 });
    await lease.release();
  };
  const rawPair = await rawPairs(room, `{uncontended-raw}`);
  try {
    await time(ourPair, warmUpPairs);
    await time(rawPair, warmUpPairs);
    const requestsPerPair = await countRequests(room, ourPair);
    const ours: number[] = [];
    const rates: number[] = [];
    const rawRates: number[] = [];
    for (let block = 0; block < blocks; block += 1) {
      const tookMs = await time(ourPair, pairsPerBlock);
      ours.push(...tookMs);
      rates.push(rate(tookMs));
      rawRates.push(rate(await time(rawPair, pairsPerBlock)));
    }
    return {
      pairsPerSecond: quantile(rates, 0.5),
      p50Ms: quantile(ours, 0.5),
      p99Ms: quantile(ours, 0.99),
      requestsPerPair,
      rawPairsPerSecond: quantile(rawRates, 0.5),
    };
  } finally {
    await lock.close();
  }
}

async function rawPairs({ redis }: BenchRoom, key: string): Promise<() => Promise<void>> {
  const take = String(await redis.script('LOAD', takeSource));
  const giveBack = String(await redis.script('LOAD', giveBackSource));
  return async () => {
    await redis.evalsha(take, 1, key, 'token', leaseMs);
    await redis.evalsha(giveBack, 1, key, 'token');
  };
}

async function countRequests({ redis }: BenchRoom, pair: () => Promise<void>): Promise<number> {
  const before = await serverLoad(redis);
  await time(pair, pairsPerBlock);
  return loadBetween(before, await serverLoad(redis)).reads / pairsPerBlock;
}

/** How long each took, in ms. */
async function time(pair: () => Promise<void>, count: number): Promise<number[]> {
  const tookMs: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const beganAtMs = performance.now();
    await pair();
    tookMs.push(performance.now() - beganAtMs);
  }
  return tookMs;
}

const rate = (tookMs: readonly number[]) =>
  (tookMs.length * 1_000) / tookMs.reduce((sum, each) => sum + each, 0);
