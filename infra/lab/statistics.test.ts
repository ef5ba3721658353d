import { describe, expect, test } from '@jest/globals';
import { quantile, wilson } from './statistics.ts';

describe('the Wilson interval', () => {
  // The reference values are those of Newcombe (1998), table I, method 3.
  test.each([
    [81, 263, 255.3, 366.2],
    [15, 148, 62.4, 160.5],
    [0, 20, 0, 161.1],
    [1, 29, 6.1, 171.8],
  ])('of %d in %d is %d to %d per thousand', (hits, runs, low, high) => {
    const rate = wilson(hits, runs);
    expect(rate.lowPerThousand).toBeCloseTo(low, 0);
    expect(rate.highPerThousand).toBeCloseTo(high, 0);
    expect(rate.perThousand).toBeCloseTo((hits / runs) * 1_000);
  });

  test('ends at 1,000 when every run was hit', () => {
    expect(wilson(20, 20)).toMatchObject({ perThousand: 1_000, highPerThousand: 1_000 });
  });

  test.each([
    [1, 0],
    [-1, 5],
    [6, 5],
  ])('of %d in %d is refused', (hits, runs) => {
    expect(() => wilson(hits, runs)).toThrow(RangeError);
  });
});

describe('a quantile', () => {
  test.each([
    [[3, 1, 2], 0.5, 2],
    [[4, 1, 3, 2], 0.5, 2],
    [[10, 20], 0.99, 20],
    [[7], 0.01, 7],
    [[], 0.5, 0],
  ])('of %j at %d is %d', (values, share, wanted) => {
    expect(quantile(values, share)).toBe(wanted);
  });
});
