import { LockAmbiguousError, LockContendedError } from './errors.ts';
import type { Taken } from './held-lease.ts';
import type { Acquisition } from './leasing-lock.ts';
import { draw, Patience } from './patience.ts';
import { pause } from './pause.ts';
import { SimpleLock } from './simple-lock.ts';

/** The pause between two tries is drawn evenly from half to one and a half of this. */
const firstPauseMs = 4;
const maxPauseMs = 16;
const pauseGrowth = 1.5;

/** Tries again at jittered intervals until the deadline: no order among those who wait, and no server state. */
export class SpinLock extends SimpleLock {
  protected override async take(acquisition: Acquisition): Promise<Taken> {
    const patience = new Patience();
    try {
      return await this.#takePatiently(acquisition, patience);
    } catch (failure) {
      // What is told as ambiguous is given back by whoever was asked for the lock.
      const isTold = failure instanceof LockAmbiguousError;
      if (patience.mayHold && !isTold) this.lateReleases.start(acquisition.giveBack);
      throw failure;
    }
  }

  async #takePatiently(acquisition: Acquisition, patience: Patience): Promise<Taken> {
    let pauseMs = firstPauseMs;
    for (;;) {
      try {
        return await super.take(acquisition);
      } catch (error) {
        let delayMs = draw({ min: pauseMs / 2, max: pauseMs * 1.5 });
        if (error instanceof LockContendedError) patience.answered();
        else delayMs = patience.endure(error);
        const remainingMs = acquisition.deadlineMs - performance.now();
        if (remainingMs <= 0) throw patience.sure(error);
        await pause(Math.min(delayMs, remainingMs), acquisition.signal);
        pauseMs = Math.min(pauseMs * pauseGrowth, maxPauseMs);
      }
    }
  }
}
