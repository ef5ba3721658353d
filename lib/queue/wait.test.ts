import { describe, expect, test } from '@jest/globals';
import { estimateWaitSeconds, type WaitFactors } from './wait.ts';

const empty: WaitFactors = {
  ahead: 0,
  beginsInMs: 0,
  inside: 0,
  capacity: 100,
  admitPerSecond: 10,
  stayMs: 60_000,
};

describe('the estimated wait', () => {
  test.each<[string, Partial<WaitFactors>, number]>([
    ['at the front: a second', {}, 1],
    ['by the rate while there is room inside', { ahead: 99 }, 10],
    ['by the turnover when full', { ahead: 99, inside: 100 }, 60],
    ['by the turnover beyond the free places', { ahead: 99, inside: 50 }, 30],
    ['the slower of the two', { ahead: 99, inside: 90, stayMs: 5_000 }, 10],
    ['after the opening', { ahead: 99, beginsInMs: 5_000 }, 15],
    ['when the capacity was lowered below those inside', { inside: 300 }, 121],
  ])('%s', (_, factors, seconds) => {
    expect(estimateWaitSeconds({ ...empty, ...factors })).toBe(seconds);
  });

  test('grows with the distance', () => {
    const waits = Array.from({ length: 2_000 }, (_, ahead) => estimateWaitSeconds({ ...empty, ahead }));
    expect(waits).toEqual(waits.toSorted((a, b) => a - b));
  });
});
