import { expect, test } from '@jest/globals';
import { UsageError } from '../../demo/options.ts';
import { catalogue } from './catalogue.ts';
import { readOptions } from './options.ts';

test('everything is tried unless a part is asked for', () => {
  const all = readOptions(['--seed', '7']);
  expect(all).toMatchObject({ operations: catalogue, seed: 7, sabotage: false });
  expect(all.points).toBeGreaterThan(10_000);
  const part = readOptions(['--operations', 'hold,relay-batch', '--points', '3', '--sabotage']);
  expect(part).toMatchObject({
    operations: [{ name: 'hold' }, { name: 'relay-batch' }],
    points: 3,
    sabotage: true,
  });
  expect(part.seed).not.toBe(readOptions([]).seed);
});

test.each([
  [['--seed', '-1'], '--seed'],
  [['--seed', '4294967296'], '--seed'],
  [['--points', '0'], '--points'],
  [['--points', 'half'], '--points'],
  [['--operations', 'charge,none'], 'there is no none, only charge,'],
  [['--color'], '--color'],
  [['more'], 'more'],
])('%j makes no sense', (argv, why) => {
  expect(() => readOptions(argv)).toThrow(UsageError);
  expect(() => readOptions(argv)).toThrow(why);
});
