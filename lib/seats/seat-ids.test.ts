import { describe, expect, test } from '@jest/globals';
import { idPattern, newId, type PerformanceId } from '../ids.ts';
import { rowLabel, seatIdOf, seatIdsOf } from './seat-ids.ts';

describe('rows', () => {
  test.each([
    [0, 'A'],
    [25, 'Z'],
    [26, 'AA'],
    [27, 'AB'],
    [51, 'AZ'],
    [52, 'BA'],
    [99, 'CV'],
    [701, 'ZZ'],
    [702, 'AAA'],
  ])('%d is %s', (rowIndex, label) => {
    expect(rowLabel(rowIndex)).toBe(label);
  });
});

describe('seats', () => {
  const performanceId = newId<PerformanceId>();

  test('a hall has each place once', () => {
    const seatIds = seatIdsOf(performanceId, 100, 200);
    expect(seatIds.size).toBe(20_000);
    expect(seatIds.has(`${performanceId}:A-1`)).toBe(true);
    expect(seatIds.has(`${performanceId}:CV-200`)).toBe(true);
    expect(seatIds.has(`${performanceId}:A-0`)).toBe(false);
    expect(seatIds.has(`${performanceId}:A-201`)).toBe(false);
    expect(seatIds.has(`${performanceId}:CW-1`)).toBe(false);
  });

  test('the longest one is still an id', () => {
    expect(seatIdOf(performanceId, 'CV', 500)).toMatch(idPattern);
  });

  test('those of two performances differ', () => {
    const other = seatIdsOf(newId<PerformanceId>(), 2, 2);
    expect([...seatIdsOf(performanceId, 2, 2)].filter((seatId) => other.has(seatId))).toEqual([]);
  });
});
