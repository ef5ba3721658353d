import * as v from 'valibot';
import type { Answer } from './http.ts';

/** The answers of the contract. Members beyond those listed are to be ignored by clients, hence loose objects. */

export const id = v.pipe(v.string(), v.regex(/^[A-Za-z0-9\-_.:]{1,64}$/));
export const time = v.pipe(v.string(), v.regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/));
const hex = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const integer = v.pipe(v.number(), v.safeInteger());

export const performanceShape = v.looseObject({
  performanceId: id,
  name: v.string(),
  startsAt: time,
  opensAt: time,
  seats: v.looseObject({ rows: count, seatsPerRow: count, price: count }),
  waitingRoom: v.looseObject({
    capacity: count,
    admitPerSecond: count,
    admissionSeconds: count,
    heartbeatSeconds: count,
    draw: v.boolean(),
  }),
  holdSeconds: count,
  maxSeatsPerUser: count,
  drawCommitment: v.optional(hex),
  drawSeed: v.optional(hex),
});

export const seatMapShape = v.looseObject({
  items: v.array(
    v.looseObject({
      seatId: id,
      row: v.pipe(v.string(), v.regex(/^[A-Z]{1,2}$/)),
      number: v.pipe(integer, v.minValue(1)),
      price: count,
      status: v.picklist(['available', 'held', 'sold']),
    }),
  ),
  asOf: time,
});

export const placeShape = v.looseObject({
  status: v.picklist(['scheduled', 'waiting', 'admitted']),
  ticket: v.pipe(integer, v.minValue(1)),
  ahead: count,
  estimatedWaitSeconds: v.pipe(v.number(), v.minValue(0)),
  pollAfterSeconds: v.pipe(v.number(), v.minValue(0)),
  admittedUntil: v.nullish(time),
  receipt: v.pipe(v.string(), v.nonEmpty()),
});

/** A place before the draw. */
export const undrawnShape = v.looseObject({
  ...placeShape.entries,
  status: v.literal('scheduled'),
  ticket: v.null(),
  ahead: v.null(),
  estimatedWaitSeconds: v.null(),
});
export const drawnShape = v.looseObject({ digest: hex, ticket: count });

export const publicQueueShape = v.looseObject({
  state: v.picklist(['scheduled', 'open', 'paused']),
  nowServing: count,
  waiting: count,
  admitted: count,
  capacity: count,
});

export const holdShape = v.looseObject({
  holdId: id,
  seatIds: v.array(id),
  amount: count,
  expiresAt: time,
  fence: integer,
});

export const followedHoldShape = v.looseObject({
  ...holdShape.entries,
  status: v.picklist(['held', 'expired', 'released', 'paid']),
});

export const chargeShape = v.looseObject({ chargeId: id, amount: count, balance: count });
export const walletShape = v.looseObject({ balance: count });
export const entryShape = v.looseObject({
  entryId: id,
  kind: v.picklist(['charge', 'payment', 'refund']),
  amount: integer,
  balanceAfter: count,
  createdAt: time,
  referenceId: id,
});
export const paymentShape = v.looseObject({
  paymentId: id,
  reservationId: id,
  seatIds: v.array(id),
  amount: count,
  balance: count,
});
export const reservationShape = v.looseObject({
  reservationId: id,
  performanceId: id,
  seatIds: v.array(id),
  amount: count,
  status: v.picklist(['confirmed', 'cancelled']),
  tickets: v.array(v.looseObject({ ticketId: id, seatId: id })),
});
export const acceptedShape = v.strictObject({ requestId: id });
/** Its members follow its status. */
export const requestShape = v.pipe(
  v.looseObject({
    requestId: id,
    seatId: id,
    status: v.picklist(['pending', 'held', 'rejected']),
    holdId: v.optional(id),
    reason: v.optional(v.string()),
  }),
  v.check(
    ({ status, holdId, reason }) =>
      (status === 'held') === (holdId !== undefined) && (status === 'rejected') === (reason !== undefined),
    'a hold when held, a reason when rejected',
  ),
);
export const cancellationShape = v.looseObject({ reservationId: id, refunded: count, balance: count });
export const healthShape = v.looseObject({
  status: v.string(),
  redis: v.picklist(['up', 'down']),
  postgres: v.picklist(['up', 'down']),
  kafka: v.picklist(['up', 'down']),
});

export const eventShape = v.looseObject({
  specversion: v.literal('1.0'),
  id: v.pipe(v.string(), v.nonEmpty()),
  source: v.literal('/reservations'),
  type: v.picklist([
    'seat.held',
    'seat.released',
    'seat.expired',
    'reservation.completed',
    'reservation.cancelled',
  ]),
  subject: id,
  time,
  datacontenttype: v.literal('application/json'),
  data: v.looseObject({
    seatId: id,
    performanceId: id,
    userId: id,
    version: v.pipe(integer, v.minValue(1)),
    holdId: v.optional(id),
    reservationId: v.optional(id),
    amount: v.optional(integer),
  }),
});

export type Performance = v.InferOutput<typeof performanceShape>;
export type Place = v.InferOutput<typeof placeShape>;
export type Hold = v.InferOutput<typeof holdShape>;
export type Event = v.InferOutput<typeof eventShape>;

/** A page of a list. */
export const listOf = <Item extends v.GenericSchema>(item: Item) =>
  v.looseObject({ items: v.array(item), nextCursor: v.nullable(v.string()) });

/**
 * The body of an answer that must have this status and shape.
 * @throws Error with the answer in its message when it has not
 */
export function read<Schema extends v.GenericSchema>(
  answer: Answer,
  status: number,
  schema: Schema,
): v.InferOutput<Schema> {
  const parsed = v.safeParse(schema, answer.json);
  if (answer.status === status && parsed.success) return parsed.output;
  const why = parsed.success ? '' : `; ${v.summarize(parsed.issues)}`;
  const got = `${answer.status} after ${Math.round(answer.tookMs)} ms: ${answer.text.slice(0, 400)}`;
  throw new Error(`expected ${status}, got ${got}${why}`);
}
