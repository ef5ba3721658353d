import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Asks again and again until the check resolves.
 *
 * @param check one attempt; rejects while the thing is not ready; must bound itself
 * @throws the last rejection when `deadlineMs` have passed; the signal's reason when it is aborted
 */
export async function untilReady(
  check: () => Promise<void>,
  { deadlineMs, intervalMs = 50, signal }: { deadlineMs: number; intervalMs?: number; signal?: AbortSignal },
): Promise<void> {
  const endsAt = performance.now() + deadlineMs;
  for (;;) {
    try {
      await check();
      return;
    } catch (error) {
      signal?.throwIfAborted();
      if (performance.now() + intervalMs > endsAt) throw error;
    }
    await sleep(intervalMs);
    signal?.throwIfAborted();
  }
}

/** Whether a condition became true within `deadlineMs`. */
export async function becomesTrue(
  condition: () => boolean,
  deadlineMs: number,
  intervalMs = 20,
): Promise<boolean> {
  const endsAt = performance.now() + deadlineMs;
  while (!condition()) {
    if (performance.now() > endsAt) return false;
    await sleep(intervalMs);
  }
  return true;
}
