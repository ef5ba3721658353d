import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { idPattern, type PerformanceId } from '../../lib/ids.ts';
import { changeRoom, type RoomChange } from '../../lib/queue/change-room.ts';
import { inspectLine, type LineView } from '../../lib/queue/inspect-line.ts';
import type { LineServices } from '../../lib/queue/open-line.ts';
import { wholeNumber } from '../recovery/command-line.ts';
import { openDatabase, openRedis } from '../recovery/servers.ts';
import { UsageError } from '../recovery/usage-error.ts';

const most = 100_000;
/** Between two looks at a line, from which its pace is told. */
const watchMs = 1_000;

interface QueueArguments {
  readonly performanceId: PerformanceId;
  readonly changes: RoomChange;
}

/** @throws UsageError */
export function readQueueArguments(argv: readonly string[]): QueueArguments {
  const { values, positionals } = parse(argv);
  const [performanceId, ...more] = positionals;
  if (performanceId === undefined || more.length > 0) throw new UsageError('one performance is needed');
  if (!idPattern.test(performanceId)) throw new UsageError(`${performanceId} cannot be a performance`);
  const { pause = false, resume = false, capacity, 'admit-per-second': rate } = values;
  if (pause && resume) throw new UsageError('--pause and --resume contradict each other');
  const changes = {
    ...(pause || resume ? { paused: pause } : {}),
    ...(capacity === undefined ? {} : { capacity: wholeNumber('capacity', capacity, most) }),
    ...(rate === undefined ? {} : { admitPerSecond: wholeNumber('admit-per-second', rate, most) }),
  };
  // An id that was looked at.
  return { performanceId: performanceId as PerformanceId, changes };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        pause: { type: 'boolean' },
        resume: { type: 'boolean' },
        capacity: { type: 'string' },
        'admit-per-second': { type: 'string' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message.split('\n')[0] : String(error));
  }
}

/**
 * One fact a line, its name first.
 *
 * @param line as it is
 * @param risePerSecond by how much `nowServing` rose lately, which the tickets of those who have left are part of
 */
export function presentLine(performanceId: PerformanceId, line: LineView, risePerSecond: number): string {
  const { state, waiting, admitted, capacity, nowServing, admitPerSecond, first } = line;
  const name = first?.ticket === 0 ? 'not drawn yet' : `ticket ${first?.ticket}`;
  const oldest = first && `${name}, kept for ${Math.ceil(first.leftMs / 1_000)} s more unless heard of`;
  return [
    `performance  ${performanceId}`,
    `state        ${state}`,
    `waiting      ${waiting}`,
    `admitted     ${admitted} of ${capacity}, now serving ${nowServing}`,
    `rate         now serving rose by ${risePerSecond} in the last second; ${admitPerSecond} are admitted at most`,
    `oldest       ${oldest ?? 'nobody waits'}`,
  ].join('\n');
}

/** Looks at a line twice: as it is at the second look, and how fast `nowServing` rose between them. */
async function watchLine(services: LineServices, performanceId: PerformanceId) {
  const before = await inspectLine(services, performanceId);
  const lookedAtMs = performance.now();
  await sleep(watchMs);
  const line = await inspectLine(services, performanceId);
  // A line that was lost meanwhile serves from the start.
  const rise = Math.max(line.nowServing - before.nowServing, 0);
  return { line, risePerSecond: Math.round((rise * 1_000) / (performance.now() - lookedAtMs)) };
}

/** Changes a line when told, and shows it. */
export async function runQueueCommand(argv: readonly string[]): Promise<0> {
  const { performanceId, changes } = readQueueArguments(argv);
  const db = openDatabase(process.env);
  try {
    const redis = await openRedis(process.env);
    try {
      if (Object.keys(changes).length > 0) await changeRoom({ db, redis }, performanceId, changes);
      const { line, risePerSecond } = await watchLine({ db, redis }, performanceId);
      console.log(presentLine(performanceId, line, risePerSecond));
      return 0;
    } finally {
      redis.disconnect();
    }
  } finally {
    await db.destroy();
  }
}
