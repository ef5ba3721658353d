import { setTimeout as sleep } from 'node:timers/promises';
import { privateRedis } from '../../bench/private-redis.ts';
import type { StackUrls } from '../../local/stack.ts';
import type { Attempted, Cell, Expectation, Trial } from '../cell.ts';
import { atPace, type Lab, openLab } from '../laboratory.ts';
import { hazards } from '../registry.ts';
import { isAsExpected, saysSomething, timed } from '../run-cell.ts';
import { type Rate, rateOf } from '../statistics.ts';
import { type Forecast, forecast, restsOnLock } from './forecast.ts';
import { startHolder } from './holder-process.ts';
import { type Surroundings, type Trouble, type TroublePace, troubles } from './troubles.ts';

/** Races that are struck by one blow. */
const racesAtOnce = 16;
/** Deliveries of one partition wait for each other. */
const deliveredAtOnce = 2;
/** In place of the usual runs, where an anomaly is due and has not come. */
const patience = 20;

export interface TroubledResult extends Forecast {
  readonly trouble: string;
  readonly hazard: string;
  readonly protection: string;
  readonly expects: Expectation;
  readonly isAsExpected: boolean;
  /** Races that say something: in which not every attempt had no effect because Redis was away. */
  readonly runs: number;
  readonly unservedRuns: number;
  readonly anomalies: number;
  readonly rate: Rate;
  readonly firstAnomaly: string | undefined;
  /** Attempts that had no effect because Redis was away or their time was over. */
  readonly failedShare: number;
}

/** A cell that has no meaning under a trouble. */
export interface LeftOut {
  readonly trouble: string;
  readonly hazard: string;
  readonly protection: string;
  readonly because: string;
}

interface PlannedRace {
  readonly trouble: Trouble;
  readonly cell: Cell;
  readonly forecast: Forecast;
}

const all = troubles.flatMap((trouble) =>
  hazards.flatMap(({ cells }) =>
    cells.map((cell) => ({ trouble, cell, forecast: forecast(trouble, cell) }) as const),
  ),
);

/** The cells that are raced under each trouble. */
export const plannedRaces: readonly PlannedRace[] = all.flatMap((each) =>
  'notRaced' in each.forecast ? [] : [{ ...each, forecast: each.forecast }],
);

export const leftOut: readonly LeftOut[] = all.flatMap(({ trouble, cell, forecast: said }) =>
  'notRaced' in said
    ? [
        {
          trouble: trouble.name,
          hazard: cell.hazard,
          protection: cell.protection,
          because: said.notRaced,
        },
      ]
    : [],
);

export interface TroubleOptions {
  /** Races a cell. */
  readonly runs: number;
  readonly seed: number;
  /** All of them unless told. */
  readonly planned?: readonly PlannedRace[];
  /** Ends the run before the next cell. */
  readonly interrupted?: AbortSignal | undefined;
}

/**
 * Races the cells again while a trouble strikes each race, on a Redis of their own.
 *
 * @param heard hears of each result
 */
export async function runTroubles(
  urls: StackUrls,
  { runs, seed, planned = plannedRaces, interrupted }: TroubleOptions,
  heard: (result: TroubledResult) => void = () => {},
): Promise<TroubledResult[]> {
  await using stack = new AsyncDisposableStack();
  const redis = await privateRedis();
  stack.defer(() => redis.close());
  const lab = await openLab({ ...urls, redisUrl: redis.url }, seed, stack);
  const holder = await startHolder(lab);
  stack.defer(() => holder.close());
  const results: TroubledResult[] = [];
  for (const race of planned) {
    interrupted?.throwIfAborted();
    const result = await raceUnder({ lab, redis, holder }, race, runs);
    results.push(result);
    heard(result);
  }
  return results;
}

async function raceUnder(
  surroundings: Surroundings,
  race: PlannedRace,
  runs: number,
): Promise<TroubledResult> {
  const { trouble, cell, forecast: said } = race;
  const anomalies: string[] = [];
  let [done, judged, operations, failed] = [0, 0, 0, 0];
  const isWanting = () => said.expects === 'anomalies' && anomalies.length === 0;
  while (done < runs || (isWanting() && done < runs * patience)) {
    const most = cell.arrival === 'free' ? racesAtOnce : deliveredAtOnce;
    const struck = await strikeRaces(surroundings, race, done < runs ? Math.min(most, runs - done) : most);
    for (const { replies, fault } of struck) {
      if (fault !== undefined) anomalies.push(fault);
      if (saysSomething(replies, fault)) judged += 1;
      operations += replies.length;
      failed += replies.filter(({ outcome }) => outcome === 'failed').length;
    }
    done += struck.length;
  }
  return {
    trouble: trouble.name,
    hazard: cell.hazard,
    protection: cell.protection,
    ...said,
    isAsExpected: isAsExpected(said.expects, anomalies.length, judged),
    runs: judged,
    unservedRuns: done - judged,
    anomalies: anomalies.length,
    rate: rateOf(anomalies.length, judged),
    firstAnomaly: anomalies[0],
    failedShare: failed / operations,
  };
}

interface Struck {
  readonly replies: readonly Attempted[];
  readonly fault: string | undefined;
}

/** Makes so many races at once, which one blow strikes each at another moment. */
async function strikeRaces(
  surroundings: Surroundings,
  { trouble, cell }: PlannedRace,
  count: number,
): Promise<Struck[]> {
  const isSlow = restsOnLock(cell) || cell.protection.startsWith('ours');
  const pace = isSlow ? trouble.lockPace : trouble.pace;
  const lab = atPace(surroundings.lab, pace);
  const states = await Promise.all(Array.from({ length: count }, () => cell.prepare(lab)));
  const trials = states.map((state) => cell.trial(lab, state));
  const beginMs = trials.map(() => lab.random.next() * pace.strikeAfterMs);
  const inHolder = trouble.ofHolder
    ? surroundings.holder.attempt({
        hazard: cell.hazard,
        protection: cell.protection,
        pace,
        races: states.map((state, index) => ({ state, delayMs: beginMs[index] ?? 0 })),
      })
    : Promise.resolve([]);
  const [firsts, others] = await Promise.all([
    inHolder,
    Promise.all(
      trials.map(({ attempts }, index) => {
        const arrivals = { isOrdered: cell.arrival === 'ordered', pace, beginMs: beginMs[index] ?? 0 };
        return makeAttempts(lab, attempts.slice(trouble.ofHolder ? 1 : 0), arrivals);
      }),
    ),
    sleep(pace.strikeAfterMs).then(() => trouble.strike(surroundings)),
  ]);
  return Promise.all(
    trials.map(async (trial, index) => {
      const replies = [...firsts.slice(index, index + 1), ...(others[index] ?? [])];
      return { replies, fault: await trial.audit(replies) };
    }),
  );
}

interface Arrivals {
  readonly isOrdered: boolean;
  readonly pace: TroublePace;
  /** When the race begins. */
  readonly beginMs: number;
}

/** Makes attempts of a race; those that have an order begin together. */
const makeAttempts = (
  { random }: Lab,
  attempts: Trial['attempts'],
  { isOrdered, pace, beginMs }: Arrivals,
): Promise<Attempted[]> =>
  Promise.all(
    attempts.map(async (attempt) => {
      await sleep(beginMs + (isOrdered ? 0 : random.next() * pace.spreadMs));
      return timed(attempt);
    }),
  );
