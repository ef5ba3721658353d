import { expect, test } from '@jest/globals';
import { UsageError } from '../usage-error.ts';
import { readLocksOptions } from './options.ts';

test('has defaults, and takes what it is told', () => {
  expect(readLocksOptions([])).toEqual({ workers: [8, 32], seconds: 3, holdMs: 2 });
  expect(readLocksOptions(['--workers', '4', '--seconds=1', '--hold-ms', '0'])).toEqual({
    workers: [4],
    seconds: 1,
    holdMs: 0,
  });
});

test.each([
  [['--workers', '1']],
  [['--workers', '8,']],
  [['--seconds', '0']],
  [['--seconds', 'x']],
  [['--hold-ms', '-1']],
  [['--pause', '1']],
  [['more']],
])('refuses %j', (argv) => {
  expect(() => readLocksOptions(argv)).toThrow(UsageError);
});
