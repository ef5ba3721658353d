import { createHmac } from 'node:crypto';
import type { PerformanceId, UserId } from '../../../lib/ids.ts';
import { drawDigest, lotOf } from '../../../lib/queue/draw-lot.ts';
import { entry } from '../../../lib/queue/enter-queue.ts';
import { defaultPollsPerSecond } from '../../../lib/queue/poll-interval.ts';
import { defineRoomCommand } from '../../../lib/queue/room-command.ts';
import { roomKeys } from '../../../lib/queue/room-script.ts';
import { dropLine, openBenchLine, openSale, setCapacity } from './bench-line.ts';
import { type Drained, drainLine } from './drain.ts';
import { memoryOf } from './memory.ts';
import { operationsOn } from './operations.ts';
import { type Calls, runCalls } from './run-calls.ts';
import { type SlowSteps, watchSlowSteps } from './slow-steps.ts';
import { type QueueStage, userOf } from './stage.ts';

/** `enterQueue` reads the seed from Postgres; here it is known, and the script that it runs is called with the lot. */
const enterScript = defineRoomCommand(entry, (word) => word);

const seed = Buffer.alloc(32, 'a seed of the bench');
const entriesInFlight = 64;
const plainKey = '{bench-plain-draw}:members';

export interface DrawFigures {
  /** Of the entries, each with its lot. */
  readonly entering: SlowSteps;
  /** Of the draw itself: the opening, and the first polls, which tell the drawn tickets. */
  readonly drawing: SlowSteps;
  /** Of the admissions, each of which looks up a lot. */
  readonly admitting: SlowSteps;
  /** Of the same people entering a plain ZSET, whose table and list have to grow as well. */
  readonly plainEntering: SlowSteps;
  readonly entries: Calls;
  readonly polls: Calls;
  readonly bytes: number;
  readonly drained: Drained;
}

/**
 * A draw from its first entry to its last admission, with Redis writing down its long steps: all enter before the
 * opening, the sale opens, some poll while one is inside, then all are let in, and their order is that of their digests.
 */
export async function measureDraw(stage: QueueStage, waiting: number, polls: number): Promise<DrawFigures> {
  const { redis } = stage;
  const performanceId = await openBenchLine(stage, 'drawn', { capacity: 1, draw: true });
  const order = drawnOrder(waiting);
  const { poll } = operationsOn(stage);
  const line = { performanceId, waiting: waiting - 1 };
  const entering = await watchSlowSteps(redis, () => enterAll(stage, performanceId, waiting));
  const drawing = await watchSlowSteps(redis, async () => {
    await openSale(redis, performanceId);
    return runCalls(polls, 1, (index) => poll.call(line, poll.choose(line, index)));
  });
  const bytes = await memoryOf(redis, roomKeys(performanceId));
  await setCapacity(redis, performanceId, waiting);
  const userAt = (position: number) => order[position - 1] ?? userOf(0);
  const admitting = await watchSlowSteps(redis, () =>
    drainLine(stage, { performanceId, from: 0, upTo: waiting, userAt }),
  );
  await dropLine(redis, performanceId);
  const plainEntering = await watchSlowSteps(redis, () => enterPlain(stage, waiting));
  await redis.unlink(plainKey);
  return {
    plainEntering: plainEntering.steps,
    ...{ entering: entering.steps, entries: entering.result },
    ...{ drawing: drawing.steps, polls: drawing.result },
    ...{ admitting: admitting.steps, drained: admitting.result },
    bytes,
  };
}

const enterAll = ({ redis }: QueueStage, performanceId: PerformanceId, waiting: number) =>
  runCalls(waiting, entriesInFlight, (index) => {
    const userId = userOf(index + 1);
    const lot = lotOf(drawDigest(seed, userId));
    return enterScript(redis, performanceId, [userId, defaultPollsPerSecond, '', '', lot]);
  });

const enterPlain = ({ redis }: QueueStage, waiting: number) =>
  runCalls(waiting, entriesInFlight, (index) => {
    const userId = userOf(index + 1);
    return redis.zadd(plainKey, lotOf(drawDigest(seed, userId)), userId);
  });

/** Who is where, told from the seed alone: ascending HMAC-SHA-256(seed, user id). */
function drawnOrder(waiting: number): UserId[] {
  const drawn = Array.from({ length: waiting }, (_, index) => {
    const userId = userOf(index + 1);
    return { userId, digest: createHmac('sha256', seed).update(userId).digest('hex') };
  });
  drawn.sort((a, b) => (a.digest < b.digest ? -1 : 1));
  return drawn.map(({ userId }) => userId);
}
