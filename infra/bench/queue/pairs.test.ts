import { expect, test } from '@jest/globals';
import { medianPair, type Pair } from './pairs.ts';

const pair = (ours: number, limit: number): Pair => ({ ours, limit, p50Ms: 0, p99Ms: 0 });

test('the median is that of the ratios, not of either figure', () => {
  expect(medianPair([pair(9, 1), pair(1, 10), pair(4, 2), pair(10, 100), pair(30, 10)])).toEqual(pair(4, 2));
});

test('of nothing there is none', () => {
  expect(() => medianPair([])).toThrow('no pairs');
});
