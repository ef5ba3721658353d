import { readFileSync } from 'node:fs';
import { createLock, type LockKind } from '../../../lib/lock/create-lock.ts';
import { quantile } from '../../lab/statistics.ts';
import type { BenchRoom } from '../bench-room.ts';
import { loadBetween, serverLoad } from '../server-load.ts';

/** Until the code is compiled. */
const warmUpPairs = 5_000;
const pairsPerBlock = 500;
const blockCount = 31;
const leaseMs = 10_000;

export interface Uncontended {
  readonly kind: LockKind;
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

/**
 * A free lock of each kind taken and given back, against raw pairs of `EVALSHA`, in blocks that take turns: all of them
 * compiled before the first counts, and none on a machine in another mood than the rest.
 */
export async function measureUncontended(
  room: BenchRoom,
  kinds: readonly LockKind[],
): Promise<readonly Uncontended[]> {
  const rawPair = await rawPairs(room, `{uncontended-raw}`);
  const locks = kinds.map((kind) => ({ kind, lock: createLock(kind, room.redis) }));
  try {
    const pairs = locks.map(({ kind, lock }) => async () => {
      const lease = await lock.acquire([`{uncontended-${kind}}`], { leaseMs, waitMs: 0 });
      await lease.release();
    });
    for (const pair of [...pairs, rawPair]) await time(pair, warmUpPairs);
    const requests = await inTurn(pairs, (pair) => countRequests(room, pair));
    const blocks = await inTurn(Array.from({ length: blockCount }), () =>
      inTurn([rawPair, ...pairs], (pair) => time(pair, pairsPerBlock)),
    );
    const rateOf = (column: number) =>
      quantile(
        blocks.map((block) => rate(block[column] ?? [])),
        0.5,
      );
    return kinds.map((kind, index) => {
      const tookMs = blocks.flatMap((block) => block[index + 1] ?? []);
      return {
        kind,
        pairsPerSecond: rateOf(index + 1),
        p50Ms: quantile(tookMs, 0.5),
        p99Ms: quantile(tookMs, 0.99),
        requestsPerPair: requests[index] ?? 0,
        rawPairsPerSecond: rateOf(0),
      };
    });
  } finally {
    for (const { lock } of locks) await lock.close();
  }
}

async function inTurn<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (const item of items) results.push(await work(item));
  return results;
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
