import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { UsageError } from '../usage-error.ts';
import { readQueueOptions } from './options.ts';

test('has defaults, and takes what it is told', () => {
  expect(readQueueOptions([])).toEqual({ waiting: 1_000_000, inFlight: [1, 32], calls: 4_000 });
  expect(readQueueOptions(['--waiting', '2000', '--in-flight=8', '--calls', '100'])).toEqual({
    waiting: 2_000,
    inFlight: [8],
    calls: 100,
  });
});

test.each([
  [['--waiting', '1999']],
  [['--waiting', '10000000']],
  [['--in-flight', '8,']],
  [['--in-flight', '0']],
  [['--calls', 'x']],
  [['--pause', '1']],
  [['more']],
])('refuses %j', (argv) => {
  expect(() => readQueueOptions(argv)).toThrow(UsageError);
});

test('makes the folder for charts, and refuses one that cannot be made', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bench-options-'));
  try {
    const charts = join(folder, 'new', 'charts');
    expect(readQueueOptions(['--charts', charts])).toMatchObject({ charts });
    const file = join(folder, 'file');
    writeFileSync(file, '');
    expect(() => readQueueOptions(['--charts', file])).toThrow(UsageError);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
