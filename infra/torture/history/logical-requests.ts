import { type Answered, answersOf, type Exchange, slugOf } from '../../audit/exchange.ts';

/** All that was sent under one key, which is to end as if it had been sent once. */
export interface LogicalRequest {
  readonly first: Exchange;
  readonly calledAtMs: number;
  /** The first answer that settled it; undefined when nobody was ever told. */
  readonly answer: Answered | undefined;
}

/**
 * Requests with an idempotency key, by user and key. A 503 settles nothing: the contract lets it come after a commit
 * whose reply was lost, and the repetition brings the answer.
 */
export function logicalRequests(
  exchanges: readonly Exchange[],
  kind: 'charge wallet' | 'pay hold' | 'cancel reservation',
): LogicalRequest[] {
  const sent = exchanges.filter((exchange) => exchange.kind === kind);
  const groups = Map.groupBy(sent, ({ userId, idempotencyKey }) => `${userId} ${idempotencyKey}`);
  return [...groups.values()].flatMap((same) => {
    const [first] = same.toSorted((a, b) => a.sentAtMs - b.sentAtMs);
    const answer = answersOf(same).find(isSettled);
    return first === undefined ? [] : [{ first, calledAtMs: first.sentAtMs, answer }];
  });
}

/** Whether this answer says for good what became of the request. */
export function isSettled({ status, text }: Answered): boolean {
  return status < 500 && slugOf(text) !== 'request-in-progress';
}

/** The time in which a request took effect, if it did. */
export function timesOf(
  calledAtMs: number,
  answer: Answered | undefined,
): { calledAtMs: number; returnedAtMs: number; isUnknown: boolean } {
  const isUnknown = answer === undefined;
  return { calledAtMs, returnedAtMs: answer?.endedAtMs ?? Number.POSITIVE_INFINITY, isUnknown };
}

/** The answer of one exchange that settles it, if it had one. */
export function settlingAnswer(exchange: Exchange): Answered | undefined {
  return answersOf([exchange]).find(isSettled);
}
