import type { RedisClient } from '../../lib/redis/client.ts';

/** What a server has done since it started. */
export interface ServerLoad {
  /** Commands, with those inside scripts, INFO left out. */
  readonly commands: number;
  /** Reads from sockets: close to the number of requests. */
  readonly reads: number;
}

/** One INFO, which counts as one read. */
export async function serverLoad(redis: RedisClient): Promise<ServerLoad> {
  return parseServerLoad(await redis.info('all'));
}

/** @param info the reply to `INFO all` @throws Error when it lacks a counter */
export function parseServerLoad(info: string): ServerLoad {
  const reads = /^total_reads_processed:(\d+)/m.exec(info)?.[1];
  if (reads === undefined) throw new Error('the server does not count its reads');
  let commands = 0;
  for (const [, name, calls] of info.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm))
    if (name !== 'info') commands += Number(calls);
  return { commands, reads: Number(reads) };
}

/** What happened between two looks, the second look itself left out. */
export function loadBetween(before: ServerLoad, after: ServerLoad): ServerLoad {
  return { commands: after.commands - before.commands, reads: after.reads - before.reads - 1 };
}
