import { describe, expect, test } from '@jest/globals';
import { Random } from '../../demo/random.ts';
import { fitSlope, type Point } from './slope.ts';

const seed = Number(process.env['TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const everyMs = 10_000;

/** A line with noise, each value's noise holding on to so much of that of the one before. */
function noisy(perHour: number, memory: number, random: Random): Point[] {
  let noise = 0;
  return Array.from({ length: 120 }, (_, index) => {
    noise = memory * noise + (random.next() - 0.5);
    return { atMs: index * everyMs, value: 100 + (perHour * index * everyMs) / 3_600_000 + noise };
  });
}

describe('a slope', () => {
  test('of a straight line is exact', () => {
    const { perHour, lowPerHour, highPerHour, mean } = fitSlope(
      Array.from({ length: 21 }, (_, index) => ({ atMs: index * 3_600_000, value: 7 + 3 * index })),
    );
    expect(perHour).toBeCloseTo(3);
    expect(highPerHour - lowPerHour).toBeCloseTo(0);
    expect(mean).toBeCloseTo(37);
  });

  test.each([0, 0.8])(`lies in its interval nineteen times of twenty, memory %p (seed ${seed})`, (memory) => {
    const random = new Random(seed);
    const runs = 500;
    const hits = Array.from({ length: runs }, () => fitSlope(noisy(5, memory, random))).filter(
      ({ lowPerHour, highPerHour }) => lowPerHour <= 5 && 5 <= highPerHour,
    ).length;
    // With the memory the estimate of it is short of the truth, so the interval covers a little less.
    expect(hits / runs).toBeGreaterThan(0.86);
    expect(hits / runs).toBeLessThan(0.995);
  });

  test('needs points', () => {
    expect(() => fitSlope([{ atMs: 0, value: 1 }])).toThrow(RangeError);
    expect(() => fitSlope(Array.from({ length: 20 }, () => ({ atMs: 5, value: 1 })))).toThrow(RangeError);
  });
});
