import { describe, expect, test } from '@jest/globals';
import { hallOf, readOptions } from './options.ts';

const specimens = ['wallet-without-lock'];

describe('the command line of the demo', () => {
  test('has defaults for all but the seed', () => {
    expect(readOptions([], specimens)).toMatchObject({
      users: 1000,
      seats: 300,
      capacity: 100,
      sabotage: null,
    });
  });

  test('takes every option', () => {
    const argv = [
      '--users',
      '120',
      '--seats=40',
      '--capacity',
      '7',
      '--seed',
      '9',
      '--sabotage',
      'wallet-without-lock',
    ];
    const expected = { users: 120, seats: 40, capacity: 7, seed: 9, sabotage: 'wallet-without-lock' };
    expect(readOptions(argv, specimens)).toEqual(expected);
  });

  test('--help is no run', () => {
    expect(readOptions(['--help'], specimens)).toBe('help');
  });

  test.each([
    [['--users', '0']],
    [['--users', '1.5']],
    [['--users', 'many']],
    [['--seats', '20001']],
    [['--seats', '997']],
    [['--sabotage', 'nothing']],
    [['--speed', '9']],
    [['now']],
    [['--users']],
  ])('refuses %j in one line', (argv) => {
    expect(() => readOptions(argv, specimens)).toThrow(
      expect.objectContaining({ name: 'UsageError', message: expect.stringMatching(/^[^\n]+$/) }),
    );
  });

  test.each([
    [300, { rows: 15, seatsPerRow: 20 }],
    [1, { rows: 1, seatsPerRow: 1 }],
    [499, { rows: 1, seatsPerRow: 499 }],
    [20_000, { rows: 100, seatsPerRow: 200 }],
    [503, null],
  ])('%i seats fill %j', (seats, hall) => {
    expect(hallOf(seats)).toEqual(hall);
  });
});
