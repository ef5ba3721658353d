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

  test.each([0, 0.8])('is found beneath a rhythm, and told more closely for it, memory %p', (memory) => {
    const random = new Random(seed);
    const rhythm = 12;
    const runs = Array.from({ length: 500 }, () => {
      const points = noisy(5, memory, random).map(({ atMs, value }, index) => ({
        atMs,
        value: value + (index % rhythm < 5 ? 8 : 0),
      }));
      return { known: fitSlope(points, rhythm), unknown: fitSlope(points) };
    });
    const hits = runs.filter(({ known }) => known.lowPerHour <= 5 && 5 <= known.highPerHour).length;
    expect(hits / runs.length).toBeGreaterThan(0.86);
    expect(hits / runs.length).toBeLessThan(0.995);
    for (const { known, unknown } of runs) {
      const [width, blindWidth] = [known, unknown].map((each) => each.highPerHour - each.lowPerHour);
      expect(width).toBeLessThan((blindWidth ?? 0) / 2);
    }
  });

  test('beneath a rhythm of two rounds and a half is exact', () => {
    const points = Array.from({ length: 50 }, (_, index) => ({
      atMs: index * 3_600_000,
      value: 3 * index + (index % 20) ** 2,
    }));
    const { perHour, lowPerHour, highPerHour } = fitSlope(points, 20);
    expect(perHour).toBeCloseTo(3);
    expect(highPerHour - lowPerHour).toBeCloseTo(0);
  });

  test('needs points', () => {
    expect(() => fitSlope([{ atMs: 0, value: 1 }])).toThrow(RangeError);
    expect(() => fitSlope(noisy(5, 0, new Random(seed)).slice(0, 26), 12)).toThrow(RangeError);
    expect(() => fitSlope(Array.from({ length: 16 }, () => ({ atMs: 5, value: 1 })))).toThrow(RangeError);
  });
});
