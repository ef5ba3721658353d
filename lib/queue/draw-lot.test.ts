import { createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { UserId } from '../ids.ts';
import { drawDigest, lotOf } from './draw-lot.ts';

const digest = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes));
const lowest = Buffer.alloc(32);
const highest = Buffer.alloc(32, 0xff);

describe('a digest', () => {
  test('is the HMAC of RFC 4231, its first case', () => {
    const seed = Buffer.alloc(20, 0x0b);
    expect(drawDigest(seed, 'Hi There' as UserId).toString('hex')).toBe(
      'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
    );
  });

  test('is of the bytes of the seed and the user id in UTF-8', () => {
    const seed = Buffer.from('00ff'.repeat(16), 'hex');
    const expected = createHmac('sha256', seed).update(Buffer.from('사용자', 'utf8')).digest();
    expect(drawDigest(seed, '사용자' as UserId)).toEqual(expected);
  });
});

describe('a lot', () => {
  test('lies above 0 and below every ticket', () => {
    expect(Number(lotOf(lowest))).toBeGreaterThan(0);
    expect(Number(lotOf(highest))).toBeLessThan(1);
  });

  test('keeps the order of the digests, down to the 61st bit', () => {
    const change = fc.tuple(digest, fc.integer({ min: 0, max: 60 }));
    fc.assert(
      fc.property(change, ([one, bit]) => {
        const other = Buffer.from(one);
        other[bit >> 3] = (other[bit >> 3] ?? 0) ^ (0x80 >> (bit & 7));
        expect(Math.sign(Number(lotOf(one)) - Number(lotOf(other)))).toBe(one.compare(other));
      }),
      { numRuns: 2_000 },
    );
  });
});
