import { setTimeout as sleep } from 'node:timers/promises';
import { type PrivateRedis, privateRedis } from '../../bench/private-redis.ts';
import type { StackUrls } from '../../local/stack.ts';
import type { Cell, Expectation, Trial } from '../cell.ts';
import { type Lab, openLab } from '../laboratory.ts';
import { hazards } from '../registry.ts';
import { isAsExpected, timed } from '../run-cell.ts';
import { type Rate, wilson } from '../statistics.ts';
import { pace, type Trouble, troubles } from './troubles.ts';

/** Those where an anomaly is money or a seat. */
const troubledHazards = new Set(['users-take-seat', 'two-payments', 'charges', 'same-charge']);
const locksAlone = new Set(['simple', 'spin', 'pubsub', 'lock-before-transaction']);
const troubledProtections = new Set([
  ...locksAlone,
  'conditional',
  'for-update',
  'serializable',
  'kafka',
  'ours',
]);
/** In place of the usual runs, where an anomaly is due and has not come. */
const patience = 20;

export interface TroubledResult {
  readonly trouble: string;
  readonly hazard: string;
  readonly protection: string;
  readonly expects: Expectation;
  readonly isAsExpected: boolean;
  readonly runs: number;
  readonly anomalies: number;
  readonly rate: Rate;
  readonly firstAnomaly: string | undefined;
  /** Attempts that had no effect because Redis was away or their time was over. */
  readonly failedShare: number;
}

/** The cells that are raced under each trouble. */
export const troubledCells: readonly Cell[] = hazards
  .flatMap(({ cells }) => cells)
  .filter(({ hazard, protection }) => troubledHazards.has(hazard) && troubledProtections.has(protection));

/**
 * Races the cells again while a trouble strikes each race, on a Redis of their own.
 *
 * @param heard hears of each result
 */
export async function runTroubles(
  urls: StackUrls,
  { runs, seed }: { readonly runs: number; readonly seed: number },
  heard: (result: TroubledResult) => void = () => {},
): Promise<TroubledResult[]> {
  await using stack = new AsyncDisposableStack();
  const redis = await privateRedis();
  stack.defer(() => redis.close());
  const lab = shortLeases(await openLab({ ...urls, redisUrl: redis.url }, seed, stack, pace));
  const results: TroubledResult[] = [];
  for (const trouble of troubles) {
    for (const cell of troubledCells) {
      const result = await runTroubled(lab, redis, trouble, cell, runs);
      results.push(result);
      heard(result);
    }
  }
  return results;
}

/** The project's locks with the lease of the others, so that the same pause outlasts them. */
function shortLeases(lab: Lab): Lab {
  const { walletLock } = lab;
  return {
    ...lab,
    walletLock: {
      acquire: (resources, options) => walletLock.acquire(resources, { ...options, leaseMs: lab.leaseMs }),
      release: (resources, token) => walletLock.release(resources, token),
      extend: (resources, token, leaseMs) => walletLock.extend(resources, token, leaseMs),
      close: () => walletLock.close(),
    },
  };
}

async function runTroubled(
  lab: Lab,
  redis: PrivateRedis,
  trouble: Trouble,
  cell: Cell,
  runs: number,
): Promise<TroubledResult> {
  const { hazard, protection } = cell;
  const expects = locksAlone.has(protection) ? trouble.ofLocks : 'none';
  const anomalies: string[] = [];
  let [done, operations, failed] = [0, 0, 0];
  const isWanting = () => expects === 'anomalies' && anomalies.length === 0;
  for (; done < runs || (isWanting() && done < runs * patience); done += 1) {
    const trial = await cell.stage(lab);
    const [replies] = await Promise.all([makeAttempts(lab, trial, trouble), trouble.strike(lab, redis)]);
    const fault = await trial.audit(replies);
    if (fault !== undefined) anomalies.push(fault);
    operations += replies.length;
    failed += replies.filter(({ outcome }) => outcome === 'failed').length;
  }
  return {
    trouble: trouble.name,
    hazard,
    protection,
    expects,
    isAsExpected: isAsExpected(expects, anomalies.length),
    runs: done,
    anomalies: anomalies.length,
    rate: wilson(anomalies.length, done),
    firstAnomaly: anomalies[0],
    failedShare: failed / operations,
  };
}

const makeAttempts = ({ random }: Lab, { attempts }: Trial, { spreadMs }: Trouble) =>
  Promise.all(
    attempts.map(async (attempt) => {
      await sleep(random.next() * spreadMs);
      return timed(attempt);
    }),
  );
