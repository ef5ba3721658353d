import type { UserId } from '../../../lib/ids.ts';
import { quantile } from '../../lab/statistics.ts';
import { type FullLine, type OperationName, operationsOn } from './operations.ts';
import { medianPair, type Pair, pairCount } from './pairs.ts';
import { type Calls, runCalls } from './run-calls.ts';
import type { QueueStage } from './stage.ts';

export interface SpeedTrial {
  readonly operation: OperationName;
  readonly line: FullLine;
  /** A ZSET as long as the line, for the raw command. */
  readonly plainKey: string;
  readonly calls: number;
  readonly inFlight: number;
}

/** Calls a second of ours and of raw `ZADD NX` with new members, from one client, in blocks that take turns. */
export async function measureSpeed(stage: QueueStage, trial: SpeedTrial): Promise<Pair> {
  const pairs: Pair[] = [];
  // The first pair warms up.
  for (let pair = 0; pair <= pairCount; pair += 1) {
    const ours = await runOurs(stage, trial, pair * trial.calls);
    const raw = await runRaw(stage, trial);
    pairs.push({
      ours: ours.perSecond,
      limit: raw.perSecond,
      p50Ms: quantile(ours.tookMs, 0.5),
      p99Ms: quantile(ours.tookMs, 0.99),
    });
  }
  return medianPair(pairs.slice(1));
}

async function runOurs(stage: QueueStage, trial: SpeedTrial, from: number): Promise<Calls> {
  const { line, calls, inFlight } = trial;
  const operation = operationsOn(stage)[trial.operation];
  const users = Array.from({ length: calls }, (_, index) => operation.choose(line, from + index));
  const measured = await runCalls(calls, inFlight, (index) => operation.call(line, userAt(users, index)));
  await runCalls(calls, inFlight, (index) => operation.undo(line, userAt(users, index)));
  return measured;
}

async function runRaw({ redis, newcomer }: QueueStage, trial: SpeedTrial): Promise<Calls> {
  const { plainKey, line, calls, inFlight } = trial;
  const users = Array.from({ length: calls }, newcomer);
  const measured = await runCalls(calls, inFlight, (index) =>
    redis.zadd(plainKey, 'NX', line.waiting + index + 1, userAt(users, index)),
  );
  await runCalls(calls, inFlight, (index) => redis.zrem(plainKey, userAt(users, index)));
  return measured;
}

function userAt(users: readonly UserId[], index: number): UserId {
  const user = users[index];
  if (user === undefined) throw new RangeError(`there is no user ${index}`);
  return user;
}
