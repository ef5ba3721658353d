import { expect, test } from '@jest/globals';
import { readOptions, UsageError } from './options.ts';

test('a full run unless told', () => {
  expect(readOptions([])).toMatchObject({ quick: false, runs: 1_000, json: false });
  expect(readOptions(['--help'])).toBe('help');
});

test('every option is read', () => {
  const argv = ['--quick', '--runs', '7', '--seed', '42', '--trouble', '0', '--json'];
  expect(readOptions(argv)).toEqual({ quick: true, runs: 7, troubledRuns: 0, seed: 42, json: true });
  expect(readOptions(['--quick'])).toMatchObject({ runs: 20, troubledRuns: 0 });
});

test.each([
  ['--runs', '0'],
  ['--runs', '1.5'],
  ['--seed', '-1'],
  ['--seed', '4294967296'],
  ['--rums', '1'],
  ['x'],
])('%s %s is refused in one line', (...argv) => {
  expect(() => readOptions(argv)).toThrow(UsageError);
  expect(() => readOptions(argv)).not.toThrow(/\n/);
});
