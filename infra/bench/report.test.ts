import { describe, expect, test } from '@jest/globals';
import { type BenchResult, formatTable, isMet, ratioOf, round } from './report.ts';

const result: BenchResult = {
  name: 'pairs',
  unit: '1/s',
  ours: 85,
  limit: 100,
  ratio: 0.85,
  target: '≥ 0.8',
  p50Ms: null,
  p99Ms: null,
  detail: 'of two',
};

describe('a target', () => {
  test.each([
    [0.8, '≥ 0.8', true],
    [0.79, '≥ 0.8', false],
    [1, '≤ 1', true],
    [1.01, '≤ 1', false],
    [0, '≤ 0', true],
    [null, '≤ 1', false],
    [0.5, null, undefined],
  ])('with the ratio %p and the target %p is met: %p', (ratio, target, met) => {
    expect(isMet({ ratio, target })).toBe(met);
  });

  test('that cannot be read is a defect', () => {
    expect(() => isMet({ ratio: 1, target: '> 1' })).toThrow('not a target');
  });
});

test('three digits count', () => {
  expect(round(1234.5)).toBe(1230);
  expect(round(0.012345)).toBe(0.0123);
});

test('there is no ratio to nothing', () => {
  expect(ratioOf(1, 0)).toBeNull();
  expect(ratioOf(1, 4)).toBe(0.25);
});

test('the table says what was met and what was missed', () => {
  const missed = { ...result, name: 'other', ratio: 0.5 };
  const table = formatTable({
    machine: { cores: 2 },
    versions: { redis: '7.0.15' },
    results: [result, missed],
  });
  const lines = table.split('\n');
  expect(lines.slice(0, 2)).toEqual(['cores 2', 'redis 7.0.15']);
  expect(lines.find((line) => line.startsWith('pairs'))).toMatch(/≥ 0\.8 +met/);
  expect(lines.find((line) => line.startsWith('other'))).toMatch(/≥ 0\.8 +MISSED/);
});
