import type { RedisClient } from '../../redis/client.ts';

/** How many commands the server has run, those inside scripts included; of one name, or all but INFO. */
export async function commandCounts(redis: RedisClient, name?: string): Promise<number> {
  const text = await redis.info('commandstats');
  const counts = [...text.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)].map(([, command = '', calls]) => ({
    command,
    calls: Number(calls),
  }));
  const wanted = counts.filter(({ command }) => (name === undefined ? command !== 'info' : command === name));
  return wanted.reduce((sum, { calls }) => sum + calls, 0);
}
