import type { RedisClient } from '../../lib/redis/client.ts';

/** What this module itself sends. */
const own = new Set(['info']);

/**
 * How many commands the server has run so far, those of scripts and of its other clients included
 * (`INFO commandstats`).
 */
export async function countCommands(redis: RedisClient): Promise<number> {
  return sumCalls(await redis.info('commandstats'));
}

/** Adds up the calls of a `commandstats` section. */
export function sumCalls(text: string): number {
  let sum = 0;
  for (const [, command = '', calls] of text.matchAll(/^cmdstat_([^:\r\n]+):calls=(\d+)/gm)) {
    if (!own.has(command)) sum += Number(calls);
  }
  return sum;
}
