import { expect, test } from '@jest/globals';
import { isProblem } from '../errors.ts';
import type { PerformanceId, Points, SeatId } from '../ids.ts';
import type { Hall } from '../performances/hall.ts';
import { parseSeatIds } from './parse-seat-ids.ts';
import { seatIdsOf } from './seat-ids.ts';

const known = seatIdsOf('p' as PerformanceId, 2, 2);
const hall: Hall = {
  performanceId: 'p' as PerformanceId,
  seats: { rows: 2, seatsPerRow: 2, price: 1 as Points },
  holdSeconds: 60,
  maxSeatsPerUser: 4,
  has: (seatId): seatId is SeatId => known.has(seatId),
};

test('seats of the hall', () => {
  expect(parseSeatIds(hall, ['p:B-2', 'p:A-1'])).toEqual(['p:B-2', 'p:A-1']);
});

test('each that is none is named', () => {
  let refusal: unknown;
  try {
    parseSeatIds(hall, ['p:A-1', 'q:A-1', 'p:A-2', 'p:C-1']);
  } catch (error) {
    refusal = error;
  }
  expect(isProblem(refusal) && refusal.slug).toBe('invalid-request');
  expect(isProblem(refusal) && refusal.members['errors']).toEqual([
    { pointer: '#/seatIds/1', detail: 'no seat of this performance' },
    { pointer: '#/seatIds/3', detail: 'no seat of this performance' },
  ]);
});
