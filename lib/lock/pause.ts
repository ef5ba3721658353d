import { setTimeout as sleep } from 'node:timers/promises';

/** @throws what the signal was aborted with, as soon as it is */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(ms, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    // The timer rejects with an error of its own; the caller's reason says more.
    signal?.throwIfAborted();
    throw error;
  }
}
