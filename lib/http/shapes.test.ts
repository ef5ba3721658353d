import { describe, expect, test } from '@jest/globals';
import * as v from 'valibot';
import { id, points, text, time, wholeNumber } from './shapes.ts';

const accepts = (shape: v.GenericSchema, value: unknown) => v.safeParse(shape, value).success;

describe('a time', () => {
  test.each([
    ['2030-01-31T19:00:00Z', '2030-01-31T19:00:00.000Z'],
    ['2030-01-31T19:00:00.5Z', '2030-01-31T19:00:00.500Z'],
    ['2030-01-31T23:59:59.999Z', '2030-01-31T23:59:59.999Z'],
    ['2030-01-31T19:00:00.123456789Z', '2030-01-31T19:00:00.123Z'],
    ['2032-02-29T00:00:00Z', '2032-02-29T00:00:00.000Z'],
  ])('%s', (given, kept) => {
    expect(v.parse(time, given)).toBe(kept);
  });

  test.each([
    '2030-02-30T00:00:00Z',
    '2030-02-29T00:00:00Z',
    '2030-13-01T00:00:00Z',
    '2030-00-10T00:00:00Z',
    '2030-01-31T24:00:00Z',
    '2030-01-31T19:60:00Z',
    '2030-01-31T19:00:60Z',
    '2030-01-31T19:00:00+00:00',
    '2030-01-31T19:00:00',
    '2030-01-31T19:00Z',
    '2030-01-31',
    '2030-01-31 19:00:00Z',
    '+002030-01-31T19:00:00Z',
    '2030-01-31T19:00:00.Z',
    ' 2030-01-31T19:00:00Z',
    '2030-01-31T19:00:00Z\n',
    '',
    1_896_116_400_000,
    null,
  ])('%j is none', (given) => {
    expect(accepts(time, given)).toBe(false);
  });
});

describe('text', () => {
  test.each([
    ['A concert', 'A concert'],
    ['아이유 콘서트 🎤', '아이유 콘서트 🎤'],
    ['x'.repeat(200), 'x'.repeat(200)],
    ['🎤'.repeat(200), '🎤'.repeat(200)],
  ])('%s', (given, kept) => {
    expect(v.parse(text(200), given)).toBe(kept);
  });

  test.each([
    '',
    '   ',
    'x'.repeat(201),
    '🎤'.repeat(201),
    'a\0b',
    'a\nb',
    'a\u0085b',
    'half \ud83c',
    '\udf88 half',
    7,
    null,
  ])('%j is none', (given) => {
    expect(accepts(text(200), given)).toBe(false);
  });
});

describe('points and other whole numbers', () => {
  test.each([1, 10_000_000])('%d', (given) => {
    expect(v.parse(points(1, 10_000_000), given)).toBe(given);
  });

  test.each([0, -1, 10_000_001, 1.5, 1e300, Number.NaN, Number.POSITIVE_INFINITY, '1', null, true, [1], {}])(
    '%j is none',
    (given) => {
      expect(accepts(points(1, 10_000_000), given)).toBe(false);
      expect(accepts(wholeNumber(1, 10_000_000), given)).toBe(false);
    },
  );
});

describe('an id', () => {
  test.each(['a', 'b6a7:AA-12', 'x'.repeat(64)])('%s', (given) => {
    expect(v.parse(id(), given)).toBe(given);
  });

  test.each(['', 'x'.repeat(65), 'a/b', 'a b', 'é', 'a\n', 7, null])('%j is none', (given) => {
    expect(accepts(id(), given)).toBe(false);
  });
});
