import { DependencyError, isProblem } from '../../../lib/errors.ts';
import type { OnceAnswer } from '../../../lib/idempotency/run-once.ts';
import type { Reply } from '../cell.ts';

/** What an operation with a key was told, in the words of the races. */
export function replyOf({ status, replayed }: OnceAnswer): Reply {
  if (status !== 201) return { outcome: 'refused' };
  return { outcome: replayed ? 'repeated' : 'done' };
}

/** Who was admitted before the race and is not any more has lost the place with Redis. */
const unserved = new Set<string>(['unavailable', 'not-admitted']);

/** Makes a refusal, or an outage, an outcome; a defect stays an error. */
export function refusedOrThrow(error: unknown): Reply {
  // A lock's outages are such errors too.
  if (error instanceof DependencyError) return { outcome: 'failed' };
  if (!isProblem(error)) throw error;
  return { outcome: unserved.has(error.slug) ? 'failed' : 'refused' };
}

/** How many of the attempts took effect, and whether as many did as must: one, unless a service was away. */
export function countDone(replies: readonly Reply[]): { readonly done: number; readonly isOne: boolean } {
  const done = replies.filter(({ outcome }) => outcome === 'done').length;
  const hasFailed = replies.some(({ outcome }) => outcome === 'failed');
  return { done, isOne: done === 1 || (done === 0 && hasFailed) };
}
