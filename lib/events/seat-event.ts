import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import {
  type HoldId,
  idPattern,
  type PerformanceId,
  type ReservationId,
  type SeatId,
  type UserId,
} from '../ids.ts';

export const seatEventTypes = [
  'seat.held',
  'seat.released',
  'seat.expired',
  'reservation.completed',
  'reservation.cancelled',
] as const;

export type SeatEventType = (typeof seatEventTypes)[number];

/** What happened to one seat. */
export interface SeatEvent {
  readonly type: SeatEventType;
  readonly data: {
    readonly seatId: SeatId;
    readonly performanceId: PerformanceId;
    readonly userId: UserId;
    /** Counts the seat's events from 1 without a gap; read from the locked row of the seat. */
    readonly version: number;
    readonly holdId?: HoldId | undefined;
    readonly reservationId?: ReservationId | undefined;
    /** The points paid for this seat, or given back for it. */
    readonly amount?: number | undefined;
  };
}

/** A SeatEvent as it travels: CloudEvents 1.0, structured mode. */
export interface SeatCloudEvent extends SeatEvent {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: '/reservations';
  readonly subject: SeatId;
  readonly time: string;
  readonly datacontenttype: 'application/json';
}

export function toCloudEvent(event: SeatEvent): SeatCloudEvent {
  return {
    specversion: '1.0',
    id: randomUUID(),
    source: '/reservations',
    type: event.type,
    subject: event.data.seatId,
    time: new Date().toISOString(),
    datacontenttype: 'application/json',
    data: event.data,
  };
}

// The pattern is what makes a string an id.
const id = <Id extends string>() =>
  v.pipe(
    v.string(),
    v.regex(idPattern),
    v.transform((text) => text as Id),
  );

const CloudEvent = v.object({
  specversion: v.literal('1.0'),
  id: v.string(),
  source: v.literal('/reservations'),
  type: v.picklist(seatEventTypes),
  subject: id<SeatId>(),
  time: v.pipe(v.string(), v.isoTimestamp()),
  datacontenttype: v.literal('application/json'),
  data: v.object({
    seatId: id<SeatId>(),
    performanceId: id<PerformanceId>(),
    userId: id<UserId>(),
    version: v.pipe(v.number(), v.integer(), v.minValue(1)),
    holdId: v.optional(id<HoldId>()),
    reservationId: v.optional(id<ReservationId>()),
    amount: v.optional(v.pipe(v.number(), v.integer())),
  }),
});

/** A record of the topic cannot be read as a seat event: trying again will not help. */
export class MalformedEventError extends Error {
  override readonly name = 'MalformedEventError';
}

/**
 * Reads a record's value. Members that are not known are ignored: an older consumer reads newer events.
 *
 * @throws MalformedEventError
 */
export function parseCloudEvent(text: string): SeatCloudEvent {
  const result = v.safeParse(v.pipe(v.string(), v.parseJson(), CloudEvent), text);
  if (!result.success) {
    throw new MalformedEventError(
      result.issues.map((issue) => `${v.getDotPath(issue) ?? ''} ${issue.message}`).join('; '),
    );
  }
  return result.output;
}
