import * as v from 'valibot';
import {
  type HoldId,
  idPattern,
  type PerformanceId,
  type ReservationRequestId,
  type SeatId,
  type UserId,
} from '../ids.ts';

/** Why a request did not get its seat, in the contract's slugs. */
export type RejectionReason = 'performance-started' | 'seat-limit' | 'seat-unavailable';

/** What has become of a request; whoever reads it has no use for more. */
export interface ReservationRequest {
  readonly requestId: ReservationRequestId;
  readonly seatId: SeatId;
  readonly status: 'pending' | 'held' | 'rejected';
  readonly holdId?: HoldId;
  readonly reason?: string;
}

/** A request as it travels, keyed by its seat. The row in the database is what counts. */
export interface RequestRecord {
  readonly requestId: ReservationRequestId;
  readonly performanceId: PerformanceId;
  readonly seatId: SeatId;
  readonly userId: UserId;
}

// The pattern is what makes a string an id.
const id = <Id extends string>() =>
  v.pipe(
    v.string(),
    v.regex(idPattern),
    v.transform((text) => text as Id),
  );

const Record = v.object({ requestId: id<ReservationRequestId>(), seatId: id<SeatId>() });

/** A record of the topic is no request that was made: trying again will not help. */
export class StrayRequestError extends Error {
  override readonly name = 'StrayRequestError';
}

/**
 * Reads a record: which request it is, and whose turn it is at which seat.
 *
 * @param key the seat in whose order the record stands
 * @throws StrayRequestError
 */
export function parseRequestRecord(key: string, value: string): v.InferOutput<typeof Record> {
  const result = v.safeParse(v.pipe(v.string(), v.parseJson(), Record), value);
  if (!result.success) {
    throw new StrayRequestError(
      result.issues.map((issue) => `${v.getDotPath(issue) ?? ''} ${issue.message}`).join('; '),
    );
  }
  if (result.output.seatId !== key) {
    throw new StrayRequestError(`a request for ${result.output.seatId} among those for ${key}`);
  }
  return result.output;
}
