import type { PerformanceId, UserId } from '../../../lib/ids.ts';
import { readQueue } from '../../../lib/queue/read-queue.ts';
import { queueKeys } from '../../../lib/redis/keys.ts';
import { quantile } from '../../lab/statistics.ts';
import { dropLine, fillLine, openBenchLine } from './bench-line.ts';
import { medianPair, type Pair, pairCount } from './pairs.ts';
import { timeMs } from './run-calls.ts';
import { type QueueStage, userOf } from './stage.ts';

/** The line whose drain is the yardstick, unless the long one is shorter. */
const referenceWaiting = 10_000;

/** Part of a line, by position from 1. */
export interface DrainPart {
  readonly performanceId: PerformanceId;
  /** So many were admitted before. */
  readonly from: number;
  /** Until so many are. */
  readonly upTo: number;
  /** Whose turn it is at a position; the ticket is the position. */
  readonly userAt: (position: number) => UserId;
}

export interface Drained {
  readonly admitted: number;
  /** Those who were not admitted in their own batch with their own ticket. */
  readonly outOfPlace: number;
  /** The calls that admit, one after the other. */
  readonly tookMs: readonly number[];
}

/**
 * Lets a line in by calls that each admit a batch. After each the line is looked at from outside: those admitted so
 * far must be exactly the first so many, each with the own ticket.
 *
 * @throws Error when a call admits nobody
 */
export async function drainLine(stage: QueueStage, part: DrainPart): Promise<Drained> {
  const { admittedTickets } = queueKeys(part.performanceId);
  const tookMs: number[] = [];
  let admitted = part.from;
  let outOfPlace = 0;
  while (admitted < part.upTo) {
    tookMs.push(await timeMs(() => readQueue(stage, part.performanceId)));
    const inside = await stage.redis.hlen(admittedTickets);
    if (inside <= admitted) throw new Error(`a call admitted nobody after ${admitted}`);
    const positions = Array.from({ length: inside - admitted }, (_, index) => admitted + index + 1);
    const tickets = await stage.redis.hmget(admittedTickets, ...positions.map(part.userAt));
    outOfPlace += positions.filter((position, index) => tickets[index] !== String(position)).length;
    admitted = inside;
  }
  return { admitted: admitted - part.from, outOfPlace, tookMs };
}

const microsEach = ({ tookMs, admitted }: Drained) =>
  (tookMs.reduce((sum, each) => sum + each, 0) * 1_000) / admitted;

export interface DrainFigures {
  /** µs an admission. */
  readonly cost: Pair;
  readonly reference: number;
  readonly admitted: number;
  readonly outOfPlace: number;
}

/** Drains the long line in as many parts as there are pairs, and before each part a whole short line. */
export async function measureDrain(stage: QueueStage, waiting: number): Promise<DrainFigures> {
  const reference = Math.min(referenceWaiting, waiting);
  const performanceId = await openBenchLine(stage, 'drained', { capacity: waiting });
  await fillLine(stage, performanceId, waiting);
  const pairs: Pair[] = [];
  let [admitted, outOfPlace] = [0, 0];
  for (let pair = 1; pair <= pairCount; pair += 1) {
    const short = await drainShort(stage, reference);
    const upTo = Math.ceil((waiting * pair) / pairCount);
    const long = await drainLine(stage, { performanceId, from: admitted, upTo, userAt: userOf });
    const { tookMs } = long;
    const times = { p50Ms: quantile(tookMs, 0.5), p99Ms: quantile(tookMs, 0.99) };
    pairs.push({ ours: microsEach(long), limit: microsEach(short), ...times });
    admitted += long.admitted;
    outOfPlace += long.outOfPlace + short.outOfPlace;
  }
  await dropLine(stage.redis, performanceId);
  return { cost: medianPair(pairs), reference, admitted, outOfPlace };
}

/** The control: two far apart have changed places, which must be found. Warms up for what follows. */
export async function drainSwapped(stage: QueueStage, waiting: number): Promise<Drained> {
  const length = Math.min(referenceWaiting, waiting);
  const [early, late] = [Math.ceil(length / 4), Math.ceil(length / 2)];
  return drainShort(stage, length, async (performanceId) => {
    await stage.redis.zadd(queueKeys(performanceId).line, late, userOf(early), early, userOf(late));
  });
}

async function drainShort(
  stage: QueueStage,
  waiting: number,
  disturb: (performanceId: PerformanceId) => Promise<void> = () => Promise.resolve(),
): Promise<Drained> {
  const performanceId = await openBenchLine(stage, 'short-drained', { capacity: waiting });
  await fillLine(stage, performanceId, waiting);
  await disturb(performanceId);
  const drained = await drainLine(stage, { performanceId, from: 0, upTo: waiting, userAt: userOf });
  await dropLine(stage.redis, performanceId);
  return drained;
}
