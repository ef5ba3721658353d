import type { RedisClient } from '../../../lib/redis/client.ts';

const microsPerSecond = 1_000_000;

/**
 * Runs something and tells what processor time the thread of Redis that runs the commands took meanwhile, in µs: with
 * reading, parsing and answering. Two INFO, whose own time is in it.
 *
 * @throws Error on a server that does not count it: before Redis 6.2, or not on Linux
 */
export async function watchThread<Result>(
  redis: RedisClient,
  run: () => Promise<Result>,
): Promise<{ readonly result: Result; readonly threadMicros: number }> {
  const before = parseThreadMicros(await redis.info('cpu'));
  const result = await run();
  return { result, threadMicros: parseThreadMicros(await redis.info('cpu')) - before };
}

/** @param info the reply to `INFO cpu` @throws Error when it lacks the thread's time */
export function parseThreadMicros(info: string): number {
  const seconds = ['user', 'sys'].map((mode) => {
    const value = new RegExp(`^used_cpu_${mode}_main_thread:([\\d.]+)`, 'm').exec(info)?.[1];
    if (value === undefined) throw new Error('the server does not tell the processor time of its thread');
    return Number(value);
  });
  return Math.round(seconds.reduce((sum, each) => sum + each, 0) * microsPerSecond);
}
