import { expect, test } from '@jest/globals';
import type { CellResult } from './run-cell.ts';
import { isAsExpected, saysSomething } from './run-cell.ts';
import { failures } from './run-lab.ts';
import { wilson } from './statistics.ts';

const cell = (changes: Partial<CellResult>): CellResult => ({
  hazard: 'charges',
  protection: 'none',
  expects: 'anomalies',
  because: '',
  isAsExpected: true,
  runs: 10,
  unservedRuns: 0,
  anomalies: 10,
  rate: wilson(10, 10),
  firstAnomaly: 'balance 10',
  operations: 60,
  refusedShare: 0,
  operationsPerSecond: 1,
  p50Ms: 1,
  p99Ms: 1,
  commandsPerOperation: 0,
  statementsPerOperation: 2,
  connectionMsPerOperation: 1,
  ...changes,
});

test('a control that shows nothing fails the laboratory, and so does a protection that fails', () => {
  const cells = [
    cell({}),
    cell({ isAsExpected: false, anomalies: 0, firstAnomaly: undefined }),
    cell({ protection: 'ours', expects: 'none', isAsExpected: false, anomalies: 1 }),
    cell({
      protection: 'simple',
      expects: 'none',
      isAsExpected: false,
      runs: 0,
      unservedRuns: 10,
      anomalies: 0,
    }),
  ];
  expect(failures({ cells, troubled: [] })).toEqual([
    'charges / none: the control shows no anomaly in 10 runs',
    'charges / ours: 1 anomalies in 10 runs, the first: balance 10',
    'charges / simple: nobody was served in any run',
  ]);
});

test('a race in which nobody was served says nothing, and a cell of such races is never as expected', () => {
  expect(saysSomething([{ outcome: 'failed' }, { outcome: 'failed' }], undefined)).toBe(false);
  expect(saysSomething([{ outcome: 'failed' }, { outcome: 'refused' }], undefined)).toBe(true);
  expect(saysSomething([{ outcome: 'failed' }], 'it took effect all the same')).toBe(true);
  for (const expects of ['none', 'anomalies', 'possible'] as const) {
    expect(isAsExpected(expects, 0, 0)).toBe(false);
  }
  expect(isAsExpected('none', 0, 1)).toBe(true);
});
