import type { Attempted, Cell, Expectation, Reply, Trial } from './cell.ts';
import { countCommands } from './command-count.ts';
import type { Lab } from './laboratory.ts';
import { quantile, type Rate, rateOf } from './statistics.ts';

export interface RunPlan {
  readonly runs: number;
  /** A cell that should show anomalies and has shown none goes on for so many runs at most. */
  readonly mostRuns: number;
}

/** What was measured of a cell. An operation is one attempt of a race. */
export interface CellResult {
  readonly hazard: string;
  readonly protection: string;
  readonly expects: Expectation;
  readonly because: string;
  readonly isAsExpected: boolean;
  /** Races that say something: in which not every attempt had no effect because a service was away. */
  readonly runs: number;
  readonly unservedRuns: number;
  readonly anomalies: number;
  readonly rate: Rate;
  /** What was wrong the first time, if it ever was. */
  readonly firstAnomaly: string | undefined;
  readonly operations: number;
  readonly refusedShare: number;
  readonly operationsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly commandsPerOperation: number;
  readonly statementsPerOperation: number;
  readonly connectionMsPerOperation: number;
}

interface Tally {
  runs: number;
  unservedRuns: number;
  readonly anomalies: string[];
  readonly replies: Attempted[];
  elapsedMs: number;
  commands: number;
  statements: number;
  connectionMs: number;
}

/** Races a cell as often as planned and counts; only the attempts are measured, neither staging nor audit. */
export async function runCell(lab: Lab, cell: Cell, plan: RunPlan): Promise<CellResult> {
  const tally: Tally = {
    runs: 0,
    unservedRuns: 0,
    anomalies: [],
    replies: [],
    elapsedMs: 0,
    commands: 0,
    statements: 0,
    connectionMs: 0,
  };
  const isWanting = () => cell.expects === 'anomalies' && tally.anomalies.length === 0;
  for (let made = 0; made < plan.runs || (isWanting() && made < plan.mostRuns); ) {
    const count = Math.min(cell.roundsAtOnce, Math.max(1, plan.runs - made));
    await runRounds(lab, cell, count, tally);
    made += count;
  }
  return summarise(cell, tally);
}

/** Nothing is as expected of a cell whose every race says nothing. */
export function isAsExpected(expects: Expectation, anomalies: number, runs: number): boolean {
  return runs > 0 && (expects === 'possible' || anomalies > 0 === (expects === 'anomalies'));
}

/** Whether a race says something: where nobody was served nothing could go wrong, unless it did. */
export const saysSomething = (replies: readonly Reply[], fault: string | undefined): boolean =>
  fault !== undefined || replies.some(({ outcome }) => outcome !== 'failed');

async function runRounds(lab: Lab, cell: Cell, count: number, tally: Tally): Promise<void> {
  const trials = await Promise.all(Array.from({ length: count }, () => stage(lab, cell)));
  const [commands, { statements, connectionMs }] = [await countCommands(lab.redis), lab.pool.count];
  const startedMs = performance.now();
  const rounds = await Promise.all(trials.map(makeAttempts));
  tally.elapsedMs += performance.now() - startedMs;
  tally.statements += lab.pool.count.statements - statements;
  tally.connectionMs += lab.pool.count.connectionMs - connectionMs;
  tally.commands += (await countCommands(lab.redis)) - commands;
  const faults = await Promise.all(trials.map((trial, index) => trial.audit(rounds[index] ?? [])));
  tally.anomalies.push(...faults.filter((fault) => fault !== undefined));
  tally.replies.push(...rounds.flat());
  const judged = rounds.filter((replies, index) => saysSomething(replies, faults[index])).length;
  tally.runs += judged;
  tally.unservedRuns += count - judged;
}

const stage = async (lab: Lab, cell: Cell): Promise<Trial> => cell.trial(lab, await cell.prepare(lab));

const makeAttempts = ({ attempts }: Trial) => Promise.all(attempts.map(timed));

/** Makes an attempt and notes its time by the monotonic clock of the machine. */
export async function timed(attempt: () => Promise<Reply>): Promise<Attempted> {
  const startedMs = nowMs();
  const reply = await attempt();
  return { ...reply, startedMs, endedMs: nowMs() };
}

const nowMs = () => Number(process.hrtime.bigint()) / 1e6;

function summarise(cell: Cell, tally: Tally): CellResult {
  const { hazard, protection, expects, because } = cell;
  const { runs, unservedRuns, replies, elapsedMs } = tally;
  const anomalies = tally.anomalies.length;
  const operations = replies.length;
  const latenciesMs = replies.map(({ startedMs, endedMs }) => endedMs - startedMs);
  return {
    hazard,
    protection,
    expects,
    because,
    isAsExpected: isAsExpected(expects, anomalies, runs),
    runs,
    unservedRuns,
    anomalies,
    rate: rateOf(anomalies, runs),
    firstAnomaly: tally.anomalies[0],
    operations,
    refusedShare: replies.filter(({ outcome }) => outcome === 'refused').length / operations,
    operationsPerSecond: (operations / elapsedMs) * 1_000,
    p50Ms: quantile(latenciesMs, 0.5),
    p99Ms: quantile(latenciesMs, 0.99),
    commandsPerOperation: tally.commands / operations,
    statementsPerOperation: tally.statements / operations,
    connectionMsPerOperation: tally.connectionMs / operations,
  };
}
