import type { UserId } from '../../../lib/ids.ts';
import { quantile } from '../../lab/statistics.ts';
import { type FullLine, type OperationName, operationsOn } from './operations.ts';
import { medianPair, type Pair, pairCount } from './pairs.ts';
import { type Calls, runCalls } from './run-calls.ts';
import type { QueueStage } from './stage.ts';
import { watchThread } from './thread-time.ts';

export interface SpeedTrial {
  readonly operation: OperationName;
  readonly line: FullLine;
  /** A ZSET as long as the line, for the raw command. */
  readonly plainKey: string;
  readonly calls: number;
  readonly inFlight: number;
}

export interface Speed {
  readonly callsPerSecond: Pair;
  /** Processor time of the thread of Redis, in µs a call. */
  readonly threadMicros: Pair;
}

/** Ours and raw `ZADD NX` with new members, from one client, in blocks that take turns. */
export async function measureSpeed(stage: QueueStage, trial: SpeedTrial): Promise<Speed> {
  const callsPerSecond: Pair[] = [];
  const threadMicros: Pair[] = [];
  // The first pair warms up.
  for (let pair = 0; pair <= pairCount; pair += 1) {
    const ours = await runOurs(stage, trial, pair * trial.calls);
    const raw = await runRaw(stage, trial);
    const times = { p50Ms: quantile(ours.tookMs, 0.5), p99Ms: quantile(ours.tookMs, 0.99) };
    callsPerSecond.push({ ours: ours.perSecond, limit: raw.perSecond, ...times });
    threadMicros.push({ ours: ours.threadMicros, limit: raw.threadMicros, ...times });
  }
  return {
    callsPerSecond: medianPair(callsPerSecond.slice(1)),
    threadMicros: medianPair(threadMicros.slice(1)),
  };
}

/** Calls, and the µs that each took of the thread of Redis. */
type Watched = Calls & { readonly threadMicros: number };

async function runOurs(stage: QueueStage, trial: SpeedTrial, from: number): Promise<Watched> {
  const { line, calls, inFlight } = trial;
  const operation = operationsOn(stage)[trial.operation];
  const users = Array.from({ length: calls }, (_, index) => operation.choose(line, from + index));
  const call = (index: number) => operation.call(line, userAt(users, index));
  const watched = await watchThread(stage.redis, () => runCalls(calls, inFlight, call));
  await runCalls(calls, inFlight, (index) => operation.undo(line, userAt(users, index)));
  return { ...watched.result, threadMicros: watched.threadMicros / calls };
}

async function runRaw({ redis, newcomer }: QueueStage, trial: SpeedTrial): Promise<Watched> {
  const { plainKey, line, calls, inFlight } = trial;
  const users = Array.from({ length: calls }, newcomer);
  const call = (index: number) => redis.zadd(plainKey, 'NX', line.waiting + index + 1, userAt(users, index));
  const watched = await watchThread(redis, () => runCalls(calls, inFlight, call));
  await runCalls(calls, inFlight, (index) => redis.zrem(plainKey, userAt(users, index)));
  return { ...watched.result, threadMicros: watched.threadMicros / calls };
}

function userAt(users: readonly UserId[], index: number): UserId {
  const user = users[index];
  if (user === undefined) throw new RangeError(`there is no user ${index}`);
  return user;
}
