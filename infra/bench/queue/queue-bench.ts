import { roomKeys } from '../../../lib/queue/room-script.ts';
import type { BenchOutcome, BenchRoom, StartBench } from '../bench-room.ts';
import type { BenchResult } from '../report.ts';
import { dropLine, fillPlain, openFullLine } from './bench-line.ts';
import { drainSwapped, measureDrain } from './drain.ts';
import { measureDraw } from './draw.ts';
import { measureGrowth } from './growth.ts';
import { compareLengths } from './latency.ts';
import { memoryOf } from './memory.ts';
import { type FullLine, operationNames } from './operations.ts';
import { type QueueOptions, readQueueOptions } from './options.ts';
import { drainRows, drawRows, lengthRow, memoryRow, speedRows, swappedRow } from './rows.ts';
import { measureSpeed } from './speed.ts';
import { openStage, type QueueStage } from './stage.ts';
import { writeCharts } from './write-charts.ts';

const shortWaiting = 1_000;
const plainKey = '{bench-plain}:members';

/**
 * The waiting room with a long line: its speed against raw commands, what its length costs in time and memory, how it
 * is let in, and a draw.
 */
export const startQueueBench: StartBench = (argv) => {
  const options = readQueueOptions(argv);
  return async (room) => {
    const stage = openStage(room.redis);
    try {
      return await measureQueue(stage, room, options);
    } finally {
      await stage.close();
    }
  };
};

async function measureQueue(
  stage: QueueStage,
  room: BenchRoom,
  options: QueueOptions,
): Promise<BenchOutcome> {
  const { waiting, calls } = options;
  const long = await openFullLine(stage, 'long', waiting);
  await fillPlain(stage.redis, plainKey, waiting);
  room.progress(`${waiting} wait`);
  const line = await memoryOf(stage.redis, roomKeys(long.performanceId));
  const plain = await memoryOf(stage.redis, [plainKey]);
  const speeds = await measureSpeeds(stage, long, options);
  await stage.redis.unlink(plainKey);
  room.progress('speed: done');
  const lengths = await measureLengths(stage, long, calls);
  await dropLine(stage.redis, long.performanceId);
  room.progress('length: done');

  const swapped = await drainSwapped(stage, waiting);
  const drain = await measureDrain(stage, waiting);
  room.progress(`drain: ${drain.admitted} admitted`);
  const draw = await measureDraw(stage, waiting, calls);
  room.progress(`draw: ${draw.drained.admitted} admitted`);
  if (options.charts !== undefined) {
    await writeCharts(options.charts, await measureGrowth(stage, waiting, calls));
    room.progress(`charts: in ${options.charts}`);
  }
  return {
    results: [
      ...[...speeds, ...lengths, memoryRow({ line, plain, waiting })],
      ...[swappedRow(swapped), ...drainRows(drain), ...drawRows(draw, plain, waiting)],
    ],
    faults: [
      ...(swapped.outOfPlace === 2 ? [] : [`two changed places, ${swapped.outOfPlace} were found`]),
      ...(drain.outOfPlace > 0 ? [`drain: ${drain.outOfPlace} out of order`] : []),
      ...(draw.drained.outOfPlace > 0 ? [`draw: ${draw.drained.outOfPlace} out of order`] : []),
    ],
  };
}

async function measureSpeeds(
  stage: QueueStage,
  line: FullLine,
  options: QueueOptions,
): Promise<BenchResult[]> {
  const { waiting, calls } = options;
  const rows: BenchResult[] = [];
  for (const inFlight of options.inFlight) {
    for (const operation of operationNames) {
      const speed = await measureSpeed(stage, { operation, line, plainKey, calls, inFlight });
      rows.push(...speedRows(operation, speed, { inFlight, waiting }));
    }
  }
  return rows;
}

async function measureLengths(stage: QueueStage, long: FullLine, calls: number): Promise<BenchResult[]> {
  const short = await openFullLine(stage, 'short', shortWaiting);
  const rows: BenchResult[] = [];
  for (const operation of operationNames) {
    const pair = await compareLengths(stage, { operation, long, short, calls });
    rows.push(lengthRow(operation, pair, { long: long.waiting, short: shortWaiting }));
  }
  await dropLine(stage.redis, short.performanceId);
  return rows;
}
