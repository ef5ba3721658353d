import type { OnceAnswer } from '../idempotency/run-once.ts';
import type { Answer } from './answer.ts';

/**
 * The answer of an operation with an `Idempotency-Key`: the first one's bytes, marked when it is a replay.
 *
 * @param location the path of what was made
 */
export function onceAnswer({ status, text, replayed }: OnceAnswer, location?: string): Answer {
  return {
    status,
    text,
    headers: {
      'content-type': status < 400 ? 'application/json' : 'application/problem+json',
      ...(location === undefined ? {} : { location }),
      ...(replayed ? { 'idempotency-replayed': 'true' } : {}),
    },
  };
}
