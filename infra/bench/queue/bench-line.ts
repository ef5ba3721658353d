import type { PerformanceId } from '../../../lib/ids.ts';
import { prepareLine } from '../../../lib/queue/prepare-line.ts';
import { readQueue } from '../../../lib/queue/read-queue.ts';
import { readRoomNumber } from '../../../lib/queue/room-numbers.ts';
import { roomKeys } from '../../../lib/queue/room-script.ts';
import { writeRoomNumber } from '../../../lib/queue/testing/write-room-number.ts';
import type { RedisClient } from '../../../lib/redis/client.ts';
import { queueKeys } from '../../../lib/redis/keys.ts';
import type { FullLine } from './operations.ts';
import { type QueueStage, userOf } from './stage.ts';

/** Longer than any run: nobody loses a place while others are measured. */
const keptMs = 3_600_000;
const heardWithinMs = 60_000;
/** More than one connection brings in, so that the rate never holds anybody back. */
const admitPerSecond = 1_000_000;
const written = 1_000;

export interface LineSettings {
  /** How many may be inside. */
  readonly capacity: number;
  /** With it the line has lots until `openSale`. */
  readonly draw?: boolean;
}

/** Opens an empty line in place of one of that name. What Postgres would know of it is given here. */
export async function openBenchLine(
  { redis }: QueueStage,
  name: string,
  { capacity, draw = false }: LineSettings,
): Promise<PerformanceId> {
  // Ids are branded strings: a bench makes its own.
  const performanceId = `bench-${name}` as PerformanceId;
  await dropLine(redis, performanceId);
  await prepareLine(redis, performanceId, {
    committedEpoch: 0,
    ...{ ticketBase: 0, returnBase: 0, returnMs: 0 },
    ...{ capacity, admitPerSecond, draw, paused: false },
    ...{ admissionMs: keptMs, heartbeatMs: keptMs },
    opensAtMs: draw ? Date.now() + keptMs : 0,
    expireAtMs: Date.now() + 24 * keptMs,
  });
  // As `open-line.lua` does once the epoch is committed; there is none to commit.
  await writeRoomNumber(redis, performanceId, 'open', 1);
  return performanceId;
}

/** The moment of a draw, long before its time. */
export async function openSale(redis: RedisClient, performanceId: PerformanceId): Promise<void> {
  await writeRoomNumber(redis, performanceId, 'opensAtMs', Date.now());
}

/** As `change-room.lua` does, for a room that Postgres does not know. */
export async function setCapacity(
  redis: RedisClient,
  performanceId: PerformanceId,
  capacity: number,
): Promise<void> {
  await writeRoomNumber(redis, performanceId, 'capacity', capacity);
}

/** A line of so many, behind one who is inside and leaves room for nobody. */
export async function openFullLine(stage: QueueStage, name: string, waiting: number): Promise<FullLine> {
  const performanceId = await openBenchLine(stage, name, { capacity: 1 });
  await fillLine(stage, performanceId, waiting + 1);
  // Any call admits who is first.
  await readQueue(stage, performanceId);
  return { performanceId, waiting };
}

/**
 * Puts users 1 to `waiting` in the line with tickets 1 to `waiting`, all heard of within the last minute. Written in
 * the shapes in which `enter-queue.lua` leaves them, thousands in a command, for entering takes minutes a million.
 */
export async function fillLine(
  { redis }: QueueStage,
  performanceId: PerformanceId,
  waiting: number,
): Promise<void> {
  const keys = queueKeys(performanceId);
  await fillPlain(redis, keys.line, waiting);
  const untilMs = Date.now() + keptMs;
  await fillSet(redis, keys.heartbeats, waiting, (number) => untilMs - ((number * 7_919) % heardWithinMs));
  await redis.hset(keys.room, 'lastTicket', waiting);
  const expireAtMs = await readRoomNumber(redis, performanceId, 'expireAtMs');
  if (expireAtMs === undefined) throw new Error(`${performanceId} has no room`);
  for (const key of [keys.line, keys.heartbeats]) await redis.pexpireat(key, expireAtMs);
  // As `hear-waiter.lua` does: nobody's time is over before.
  await writeRoomNumber(redis, performanceId, 'dueAtMs', untilMs - heardWithinMs);
}

/** The plain ZSET of the same users that the line is held against. */
export async function fillPlain(redis: RedisClient, key: string, waiting: number): Promise<void> {
  await fillSet(redis, key, waiting, (number) => number);
}

async function fillSet(
  redis: RedisClient,
  key: string,
  waiting: number,
  scoreOf: (number: number) => number,
): Promise<void> {
  for (let first = 1; first <= waiting; first += written) {
    const count = Math.min(written, waiting - first + 1);
    const numbers = Array.from({ length: count }, (_, index) => first + index);
    await redis.zadd(key, ...numbers.flatMap((number) => [scoreOf(number), userOf(number)]));
  }
}

export async function dropLine(redis: RedisClient, performanceId: PerformanceId): Promise<void> {
  await redis.unlink(...roomKeys(performanceId));
}
