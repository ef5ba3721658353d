import { describe, expect, test } from '@jest/globals';
import { readOptions as readSoakOptions } from '../soak/options.ts';
import { readOptions } from './options.ts';

const read = (...argv: readonly string[]) => readOptions(argv, ['cut', 'kill'], ['no-lock']);

describe('the options of the faults', () => {
  test('are all faults once, from a seed that is drawn, unless told', () => {
    const { seed, ...rest } = read();
    expect(seed).toBeGreaterThan(0);
    expect(rest).toEqual({
      faults: ['cut', 'kill'],
      rounds: 1,
      seconds: 86_400,
      sabotage: null,
      json: false,
    });
  });

  test('are what is told', () => {
    const argv = '--faults kill --rounds 3 --seconds 60 --seed 7 --sabotage no-lock --json'.split(' ');
    expect(read(...argv)).toEqual({
      faults: ['kill'],
      rounds: 3,
      seconds: 60,
      seed: 7,
      sabotage: 'no-lock',
      json: true,
    });
  });

  test.each([
    [['--faults', 'kill,flood'], 'there is no flood, only cut, kill'],
    [['--sabotage', 'luck'], 'there is no luck, only no-lock'],
    [['--rounds', '0'], 'not a whole number'],
    [['--seed', 'x'], 'not a whole number'],
    [['--what'], 'Unknown option'],
  ])('refuses %j', (argv, message) => {
    expect(() => read(...argv)).toThrow(message);
  });
});

test('the options of the soak', () => {
  expect(readSoakOptions(['--seed', '3'])).toEqual({ minutes: 20, rate: 15, seed: 3, json: false });
  expect(readSoakOptions('--minutes 3 --rate 50 --seed 3 --json'.split(' '))).toEqual({
    minutes: 3,
    rate: 50,
    seed: 3,
    json: true,
  });
  expect(() => readSoakOptions(['--rate', '-1'])).toThrow('rate');
  expect(() => readSoakOptions(['--minutes', '2'])).toThrow('from 3 to');
});
