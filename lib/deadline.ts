import { AsyncLocalStorage } from 'node:async_hooks';

/** Something took longer than it may. It may still come to its end, unheard. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';

  constructor(deadlineMs: number) {
    super(`no answer within ${deadlineMs} ms`);
  }
}

/**
 * The work's result, if it comes within the time. The work itself is not stopped.
 *
 * @throws DeadlineError
 */
export function within<T>(deadlineMs: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new DeadlineError(deadlineMs)), deadlineMs);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

const answerDueMs = new AsyncLocalStorage<number>();

/**
 * `within` for an answer that somebody waits for: whatever is called on the way can ask how long that still is. A
 * function goes on after its answer, or when it is thawed for the next request, and must not do then what its caller was
 * told has failed.
 *
 * @throws DeadlineError
 */
export const answerWithin = <T>(deadlineMs: number, work: () => Promise<T>): Promise<T> =>
  within(deadlineMs, answerDueMs.run(performance.now() + deadlineMs, work));

/** When the answer to the request under way is due, by `performance.now()`; `Infinity` where nobody waits for one. */
export const answerIsDueMs = (): number => answerDueMs.getStore() ?? Number.POSITIVE_INFINITY;
