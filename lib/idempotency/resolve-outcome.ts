import { setTimeout as sleep } from 'node:timers/promises';
import type { CommitUnknownError } from '../db/transaction.ts';
import { within } from '../deadline.ts';
import { isProblem } from '../errors.ts';

/** What a request can spare behind a COMMIT that nobody has answered, within the time of its own answer. */
const resolveWithinMs = 700;
const pauseMs = 30;

/** The key of a transaction, as it is seen from another connection. */
export interface KeyInDoubt<Answer> {
  /** Whether the transaction still holds the key's lock. */
  readonly isRunning: () => Promise<boolean>;
  /** Reads the kept answer; throws when there is none. */
  readonly read: () => Promise<Answer>;
}

/**
 * Learns what became of a COMMIT whose reply was lost: once nobody holds the key's lock any more, the transaction
 * is over, and its row is there or will never be. Two statements, the first again while it is under way.
 *
 * @returns the answer that was kept
 * @throws CommitUnknownError the one given, when nothing was committed or it cannot be told in time: the same
 *   request may be sent again
 * @throws Problem `idempotency-key-reused` when another request had the key meanwhile
 */
export async function resolveOutcome<Answer>(
  unknown: CommitUnknownError,
  key: KeyInDoubt<Answer>,
): Promise<Answer> {
  try {
    return await within(resolveWithinMs, findAnswer(key));
  } catch (error) {
    if (isProblem(error) && error.slug === 'idempotency-key-reused') throw error;
    // Why it could not be told says less than what is to be told.
    throw unknown;
  }
}

async function findAnswer<Answer>({ isRunning, read }: KeyInDoubt<Answer>): Promise<Answer> {
  const untilMs = performance.now() + resolveWithinMs;
  // In this order: read before the lock is seen to be free, the row may still be on its way.
  while ((await isRunning()) && performance.now() < untilMs) await sleep(pauseMs);
  return read();
}
