import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Asks again and again, every `everyMs`, until `attempt` answers something other than undefined.
 * @throws Error naming `what` when `withinMs` have passed, with the last error as its cause
 */
export async function eventually<T>(
  what: string,
  withinMs: number,
  attempt: () => Promise<T | undefined>,
  everyMs = 100,
): Promise<T> {
  const deadline = performance.now() + withinMs;
  let cause: unknown;
  while (performance.now() < deadline) {
    try {
      const result = await attempt();
      if (result !== undefined) return result;
    } catch (error) {
      // An answer of the wrong shape may become the right one; the last is told if none does.
      cause = error;
    }
    await sleep(everyMs);
  }
  throw new Error(`${what}: not within ${withinMs} ms`, { cause });
}
