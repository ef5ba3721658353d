import type { RedisClient } from '../../../lib/redis/client.ts';

/** Nodes of a skip list differ in height: so many give their mean to about one part in a hundred. */
const samples = 1_000;

/** What keys take of Redis's memory, in bytes; one that does not exist takes nothing. */
export async function memoryOf(redis: RedisClient, keys: readonly string[]): Promise<number> {
  let bytes = 0;
  for (const key of keys) bytes += (await redis.memory('USAGE', key, 'SAMPLES', samples)) ?? 0;
  return bytes;
}
