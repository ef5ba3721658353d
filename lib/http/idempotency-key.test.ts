import { describe, expect, test } from '@jest/globals';
import { isProblem } from '../errors.ts';
import { parseIdempotencyKey } from './idempotency-key.ts';

function slugOf(value: string | undefined): string {
  try {
    return parseIdempotencyKey(value);
  } catch (error) {
    if (isProblem(error)) return error.slug;
    throw error;
  }
}

describe('Idempotency-Key', () => {
  test.each(['k', '8e03978e-40d5-43dd-bc93-6894a57f9324', '"quoted"', ' ~ ', 'x'.repeat(255)])(
    'is taken as it is written: %s',
    (key) => {
      expect(parseIdempotencyKey(key)).toBe(key);
    },
  );

  test('missing', () => {
    expect(slugOf(undefined)).toBe('idempotency-key-missing');
  });

  test.each(['', 'x'.repeat(256), 'ä', 'a\tb', 'a\nb', 'a\n', 'a\0', 'a\u007f', '🎫'])(
    '%j is not valid',
    (key) => {
      expect(slugOf(key)).toBe('idempotency-key-invalid');
    },
  );
});
