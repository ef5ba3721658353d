import * as v from 'valibot';
import type { RedisClient } from '../../../lib/redis/client.ts';

/** Below it a step is not written down. */
const notedFromMs = 1;
const microsPerMs = 1_000;
const noted = 100_000;
const shown = 3;

export interface SlowSteps {
  /** The longest command on the Redis thread; 1 ms when none took longer. */
  readonly longestMs: number;
  /** The slowlog in words. */
  readonly shown: string;
}

/** An entry: id, second, µs, the command and its arguments, and more. */
const slowlog = v.array(v.looseTuple([v.number(), v.number(), v.number(), v.array(v.string())]));

/** Has Redis write down its long steps while something runs, and reads its SLOWLOG. */
export async function watchSlowSteps<Result>(
  redis: RedisClient,
  run: () => Promise<Result>,
): Promise<{ result: Result; steps: SlowSteps }> {
  await redis.config('SET', 'slowlog-max-len', noted);
  await redis.config('SET', 'slowlog-log-slower-than', notedFromMs * microsPerMs);
  await redis.slowlog('RESET');
  const result = await run();
  const all = v.parse(slowlog, await redis.slowlog('GET', noted));
  // Emptying the log of the run before is none of its steps.
  const entries = all.filter(([, , , [command]]) => command?.toLowerCase() !== 'slowlog');
  const slowest = entries.toSorted((a, b) => b[2] - a[2]).slice(0, shown);
  const steps = slowest.map(([, , micros, [command = '']]) => `, ${command} ${micros} µs`);
  return {
    result,
    steps: {
      longestMs: (slowest[0]?.[2] ?? notedFromMs * microsPerMs) / microsPerMs,
      shown: `SLOWLOG from ${notedFromMs} ms on: ${entries.length} steps${steps.join('')}`,
    },
  };
}
