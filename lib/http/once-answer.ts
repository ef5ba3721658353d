import type { OnceAnswer } from '../idempotency/run-once.ts';
import type { Answer } from './answer.ts';

/** The answer of an operation with an `Idempotency-Key`: the first one's bytes, marked when it is a replay. */
export function onceAnswer({ status, text, replayed }: OnceAnswer): Answer {
  return {
    status,
    text,
    headers: {
      'content-type': status < 400 ? 'application/json' : 'application/problem+json',
      ...(replayed ? { 'idempotency-replayed': 'true' } : {}),
    },
  };
}
