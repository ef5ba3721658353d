/** What a client asked for: the kind names the row of the request table and the rules an answer is held to. */
export type RequestKind =
  | 'enter queue'
  | 'poll queue'
  | 'read queue'
  | 'leave queue'
  | 'read seats'
  | 'read performances'
  | 'read performance'
  | 'hold seats'
  | 'read hold'
  | 'extend hold'
  | 'release hold'
  | 'charge wallet'
  | 'read wallet'
  | 'read entries'
  | 'pay hold'
  | 'cancel reservation'
  | 'read reservation'
  | 'list reservations'
  | 'request seat'
  | 'read request'
  | 'read draw'
  | 'create performance'
  | 'change waiting room'
  | 'read health';

/** The answer, or that none came: then nobody knows whether the request took effect. */
export type Outcome =
  | {
      readonly type: 'answer';
      readonly status: number;
      readonly text: string;
      readonly replayed: boolean;
      /** What `Retry-After` said, where there was one. */
      readonly retryAfterMs?: number;
    }
  | {
      readonly type: 'unknown';
      readonly reason: 'aborted' | 'timeout' | 'connection';
      /** How the connection failed, such as `ECONNRESET`: to find out why by, and nothing to judge by. */
      readonly code?: string;
    };

/** One request as its client saw it. Times are ms since 1970 by a clock that is never set back. */
export type Exchange = {
  readonly kind: RequestKind;
  readonly userId: string;
  /** Counts a user's stays in the queue: a new one begins when the user knows that the last has ended. */
  readonly stay: number;
  readonly idempotencyKey: string | null;
  /** The path below the base URL, and the body as it was sent. */
  readonly path: string;
  readonly body: string | null;
  readonly sentAtMs: number;
  readonly endedAtMs: number;
  readonly outcome: Outcome;
};

/** The members that are read of answers and events. Nothing is known of a value until it has been looked at. */
export type Members = {
  readonly [name in
    | 'type'
    | 'ticket'
    | 'receipt'
    | 'status'
    | 'ahead'
    | 'pollAfterSeconds'
    | 'admittedUntil'
    | 'items'
    | 'performanceId'
    | 'holdId'
    | 'seatId'
    | 'seatIds'
    | 'amount'
    | 'balance'
    | 'balanceAfter'
    | 'expiresAt'
    | 'fence'
    | 'chargeId'
    | 'paymentId'
    | 'refunded'
    | 'reservationId'
    | 'requestId'
    | 'tickets'
    | 'id'
    | 'subject'
    | 'data'
    | 'version'
    | 'errorType'
    | 'errorMessage']?: unknown;
};

/** An exchange that was answered, with its body read as a JSON object. */
export type Answered = Exchange & {
  readonly status: number;
  readonly text: string;
  readonly replayed: boolean;
  readonly json: Members;
};

/** The answered exchanges of some kinds, or of all, in the order in which the answers came. */
export function answersOf(exchanges: readonly Exchange[], ...kinds: readonly RequestKind[]): Answered[] {
  return exchanges
    .flatMap((exchange) => {
      const { outcome } = exchange;
      if (outcome.type !== 'answer' || (kinds.length > 0 && !kinds.includes(exchange.kind))) return [];
      const { status, text, replayed } = outcome;
      return [{ ...exchange, status, text, replayed, json: readObject(text) }];
    })
    .toSorted((a, b) => a.endedAtMs - b.endedAtMs);
}

/** The last part of a problem's `type` (`urn:problem:<slug>`), or null where the body has none. */
export function slugOf(text: string): string | null {
  const { type } = readObject(text);
  return typeof type === 'string' && type.startsWith('urn:problem:')
    ? type.slice('urn:problem:'.length)
    : null;
}

/** A JSON object, or `{}` for anything else. */
export function readObject(text: string): Members {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    // Not JSON: an answer that has none of the members asked for is judged by the rules, not by an exception.
    return {};
  }
}
