import * as v from 'valibot';
import { wholeNumber } from '../http/shapes.ts';

export const capacity = wholeNumber(1, 100_000);
export const admitPerSecond = wholeNumber(1, 100_000);

/** The body of `PATCH /performances/{performanceId}/waiting-room`. */
export const RoomChangeShape = v.pipe(
  v.strictObject({
    capacity: v.optional(capacity),
    admitPerSecond: v.optional(admitPerSecond),
    paused: v.optional(v.boolean('true or false')),
  }),
  v.check((changes) => Object.keys(changes).length > 0, 'one setting at least'),
);
