import { setTimeout as sleep } from 'node:timers/promises';
import { logger } from '../log.ts';
import { LockAmbiguousError, LockUnavailableError } from './errors.ts';

/** When a release is sent, in ms after it was found to be needed: the first may overtake what it undoes. */
const scheduleMs = [0, 250, 1_000, 2_000, 4_000];

/**
 * Releases that nobody waits for: after an acquisition whose outcome is unknown, and when a release did not
 * get through. The lease ends by itself in any case; these only shorten the time until then.
 */
export class LateReleases {
  readonly #underWay = new Set<Promise<void>>();

  /** @param release returns how many locks it freed; tried until it freed one, at most five times */
  start(release: () => Promise<number>): void {
    const work = this.#run(release);
    this.#underWay.add(work);
    void work.finally(() => this.#underWay.delete(work));
  }

  /** Releases at once; what cannot get through now is tried later. @returns how many locks are known to be freed */
  async now(release: () => Promise<number>): Promise<number> {
    try {
      return await release();
    } catch (error) {
      if (isOutage(error)) this.start(release);
      else logger.error('A lock could not be released', { cause: error });
      return 0;
    }
  }

  /** Resolves when all that were started have ended: after some seconds at the latest. */
  async settled(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  async #run(release: () => Promise<number>): Promise<void> {
    const startedAtMs = performance.now();
    for (const dueMs of scheduleMs) {
      const delayMs = startedAtMs + dueMs - performance.now();
      // Nothing here is worth keeping a process alive for.
      if (delayMs > 0) await sleep(delayMs, undefined, { ref: false });
      try {
        if ((await release()) > 0) return;
      } catch (error) {
        // Still out of reach: the next in the schedule may succeed, and the end of the lease will. What is no
        // outage is a defect; thrown here, where nobody waits, it would end the process with all its requests.
        if (isOutage(error)) continue;
        logger.error('A lock could not be released', { cause: error });
        return;
      }
    }
  }
}

/** Whether Redis could not be reached, which those who only tidy up may ignore: leases end by themselves. */
export const isOutage = (error: unknown) =>
  error instanceof LockUnavailableError || error instanceof LockAmbiguousError;
