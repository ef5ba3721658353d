import * as v from 'valibot';
import { points, text, time, wholeNumber } from '../http/shapes.ts';
import { admitPerSecond, capacity } from '../queue/room-change-shape.ts';
import type { NewPerformance } from './create-performance.ts';

const maxSeats = 20_000;

/** The body of `POST /performances`. */
export const PerformanceShape = v.pipe(
  v.strictObject({
    name: text(200),
    startsAt: time,
    opensAt: v.optional(time),
    seats: v.strictObject({
      rows: wholeNumber(1, 100),
      seatsPerRow: wholeNumber(1, 500),
      price: points(0, 10_000_000),
    }),
    waitingRoom: v.strictObject({
      capacity,
      admitPerSecond,
      admissionSeconds: wholeNumber(5, 3_600),
      heartbeatSeconds: wholeNumber(5, 3_600),
      draw: v.optional(v.boolean('true or false'), false),
    }),
    holdSeconds: wholeNumber(2, 3_600),
    maxSeatsPerUser: wholeNumber(1, 20),
  }),
  v.transform((body): NewPerformance => ({ ...body, opensAt: body.opensAt ?? new Date().toISOString() })),
  v.forward(
    v.check(({ startsAt }) => Date.parse(startsAt) > Date.now(), 'lies in the future'),
    ['startsAt'],
  ),
  v.forward(
    v.check(({ startsAt, opensAt }) => startsAt > opensAt, 'lies after opensAt'),
    ['startsAt'],
  ),
  v.forward(
    v.check(({ seats }) => seats.rows * seats.seatsPerRow <= maxSeats, `at most ${maxSeats} seats`),
    ['seats'],
  ),
);
