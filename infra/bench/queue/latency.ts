import { quantile } from '../../lab/statistics.ts';
import { type FullLine, type Operation, type OperationName, operationsOn } from './operations.ts';
import { medianPair, type Pair, pairCount } from './pairs.ts';
import { timeMs } from './run-calls.ts';
import type { QueueStage } from './stage.ts';

/** Two lines that differ in length alone. */
export interface LengthTrial {
  readonly operation: OperationName;
  readonly long: FullLine;
  readonly short: FullLine;
  readonly calls: number;
}

/**
 * The 99th percentile in the long line against that in the short one. The two take turns call by call, so that
 * whatever else the machine does meets both alike.
 */
export async function compareLengths(stage: QueueStage, trial: LengthTrial): Promise<Pair> {
  const operation = operationsOn(stage)[trial.operation];
  const pairs: Pair[] = [];
  // The first pair warms up.
  for (let pair = 0; pair <= pairCount; pair += 1) pairs.push(await measurePair(operation, trial, pair));
  return medianPair(pairs.slice(1));
}

async function measurePair(
  operation: Operation,
  { long, short, calls }: LengthTrial,
  pair: number,
): Promise<Pair> {
  const longMs: number[] = [];
  const shortMs: number[] = [];
  for (let call = 0; call < calls; call += 1) {
    const index = pair * calls + call;
    const inLong = async () => longMs.push(await timeOne(operation, long, index));
    const inShort = async () => shortMs.push(await timeOne(operation, short, index));
    for (const turn of call % 2 === 0 ? [inLong, inShort] : [inShort, inLong]) await turn();
  }
  const [ours, limit] = [quantile(longMs, 0.99), quantile(shortMs, 0.99)];
  return { ours, limit, p50Ms: quantile(longMs, 0.5), p99Ms: ours };
}

/** How long one call took, in ms; what it did is taken back, unmeasured. */
export async function timeOne(operation: Operation, line: FullLine, index: number): Promise<number> {
  const user = operation.choose(line, index);
  const tookMs = await timeMs(() => operation.call(line, user));
  await operation.undo(line, user);
  return tookMs;
}
