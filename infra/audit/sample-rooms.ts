import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import { type RoomSample, sampleRoom } from './room-sample.ts';
import type { AnyRedis } from './servers.ts';

const betweenSamplesMs = 500;
/** A sample reads the whole line in one command, which holds up everybody else for as long. */
const longestLine = 100_000;
const mostRooms = 200;

/**
 * Looks twice at the waiting room of each performance that is on sale, the newest first. Lines that are too long to be
 * read without harm are left out.
 *
 * Those who were inside at both times may be more than the capacity, which may have been lowered meanwhile: a room is
 * only overfull when somebody came in on top. So the second sample alone is kept, with the greater of the two bounds.
 */
export async function sampleRooms(
  redis: AnyRedis,
  database: Pick<Pool, 'query'>,
  performanceIds: readonly string[],
): Promise<RoomSample[]> {
  const { rows } = await database.query<{ performance_id: string; capacity: number }>(
    `SELECT performance_id, capacity FROM performances
      WHERE performance_id = ANY($1) AND opens_at <= now() AND starts_at > now() ORDER BY sequence DESC LIMIT $2`,
    [performanceIds, mostRooms],
  );
  const first = new Map<string, RoomSample>();
  for (const { performance_id, capacity } of rows) {
    if ((await redis.zcard(`{${performance_id}}:line`)) > longestLine) continue;
    first.set(performance_id, await sampleRoom(redis, performance_id, capacity));
  }
  if (first.size > 0) await sleep(betweenSamplesMs);
  const samples: RoomSample[] = [];
  for (const before of first.values()) samples.push(await sampleAgain(redis, before));
  return samples;
}

async function sampleAgain(redis: AnyRedis, before: RoomSample): Promise<RoomSample> {
  const sample = await sampleRoom(redis, before.performanceId, before.capacity);
  const stayed = [...sample.admitted.keys()].filter((userId) => before.admitted.has(userId)).length;
  return { ...sample, capacity: Math.max(before.capacity, stayed) };
}
