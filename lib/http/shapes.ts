import * as v from 'valibot';
import { idPattern, type Points } from '../ids.ts';

/** The shapes that several bodies have in common. Unknown members are refused: `strictObject` throughout. */

export const wholeNumber = (least: number, most: number) =>
  v.pipe(
    v.number('a whole number'),
    v.integer('a whole number'),
    v.minValue(least, `at least ${least}`),
    v.maxValue(most, `at most ${most}`),
  );

/** Whole points. */
export const points = (least: number, most: number) =>
  v.pipe(
    wholeNumber(least, most),
    // The range above is what makes a number points.
    v.transform((value) => value as Points),
  );

/** An id of some kind: the place in the body says which. */
export const id = <Id extends string>() =>
  v.pipe(
    v.string('an id'),
    v.regex(idPattern, 'an id: at most 64 characters from A-Z a-z 0-9 - _ . :'),
    v.transform((text) => text as Id),
  );

/** Text that a person reads; control characters and halves of surrogate pairs cannot be kept or shown. */
export const text = (most: number) =>
  v.pipe(
    v.string('a text'),
    v.check((value) => value.trim() !== '', 'not empty'),
    // Characters, not the units of UTF-16.
    v.check((value) => Array.from(value).length <= most, `at most ${most} characters`),
    v.check((value) => value.isWellFormed() && !/\p{Cc}/u.test(value), 'no control characters'),
  );

const dateTime = /^(\d{4}-\d\d-\d\d)T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?Z$/;

/** An RFC 3339 time in UTC, to the millisecond. */
export const time = v.pipe(
  v.string('an RFC 3339 time in UTC'),
  v.check(
    (value) => isRealDay(dateTime.exec(value)?.[1]),
    'an RFC 3339 time in UTC, e.g. 2030-01-31T19:00:00.000Z',
  ),
  v.transform((value) => new Date(value).toISOString()),
);

/** JavaScript takes the 30th of February for the 2nd of March. */
function isRealDay(day: string | undefined): boolean {
  if (day === undefined) return false;
  const parsed = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(day);
}
