import { roomKeys } from '../../../lib/queue/room-script.ts';
import { quantile } from '../../lab/statistics.ts';
import { dropLine, fillPlain, openFullLine } from './bench-line.ts';
import { timeOne } from './latency.ts';
import { memoryOf } from './memory.ts';
import { type FullLine, operationNames, operationsOn } from './operations.ts';
import type { QueueStage } from './stage.ts';

const lengths = [1_000, 10_000, 100_000];
const plainKey = '{bench-plain-growth}:members';

/** What a line of one length costs. */
export interface GrowthPoint {
  readonly waiting: number;
  readonly enterP50Ms: number;
  readonly enterP99Ms: number;
  readonly pollP50Ms: number;
  readonly pollP99Ms: number;
  /** All keys of the line. */
  readonly lineBytes: number;
  /** One plain ZSET of the same members. */
  readonly plainBytes: number;
}

/**
 * What entering, polling and memory cost in lines of 1,000, 10,000, 100,000 and `longest` people. The lines stand side
 * by side and take turns call by call, one in flight, so that whatever else the machine does meets all alike.
 *
 * @param calls of each operation in each line
 */
export async function measureGrowth(
  stage: QueueStage,
  longest: number,
  calls: number,
): Promise<GrowthPoint[]> {
  const lines: FullLine[] = [];
  for (const waiting of [...lengths.filter((length) => length < longest), longest])
    lines.push(await openFullLine(stage, `growth-${waiting}`, waiting));
  // The first round warms up.
  await timeInTurns(stage, lines, Math.ceil(calls / 10));
  const tookMs = await timeInTurns(stage, lines, calls);
  const points: GrowthPoint[] = [];
  for (const [index, { performanceId, waiting }] of lines.entries()) {
    const { enter = [], poll = [] } = tookMs[index] ?? {};
    await fillPlain(stage.redis, plainKey, waiting);
    points.push({
      waiting,
      ...{ enterP50Ms: quantile(enter, 0.5), enterP99Ms: quantile(enter, 0.99) },
      ...{ pollP50Ms: quantile(poll, 0.5), pollP99Ms: quantile(poll, 0.99) },
      lineBytes: await memoryOf(stage.redis, roomKeys(performanceId)),
      plainBytes: await memoryOf(stage.redis, [plainKey]),
    });
    await stage.redis.unlink(plainKey);
    await dropLine(stage.redis, performanceId);
  }
  return points;
}

/** Another begins each round, so that what comes back every few calls, as garbage collection does, meets all alike. */
function startingAt<T>(round: number, all: readonly T[]): T[] {
  const first = Math.floor(round / 2) % all.length;
  const turned = [...all.slice(first), ...all.slice(0, first)];
  return round % 2 === 0 ? turned : turned.toReversed();
}

/** @returns for each line what its calls took, in ms */
async function timeInTurns(stage: QueueStage, lines: readonly FullLine[], calls: number) {
  const operations = operationsOn(stage);
  const tookMs = lines.map(() => ({ enter: [] as number[], poll: [] as number[] }));
  for (let call = 0; call < calls; call += 1) {
    for (const name of operationNames) {
      for (const [index, line] of startingAt(call, [...lines.entries()])) {
        tookMs[index]?.[name].push(await timeOne(operations[name], line, call));
      }
    }
  }
  return tookMs;
}
