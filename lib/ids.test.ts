import { describe, expect, test } from '@jest/globals';
import { type HoldId, idPattern, newId } from './ids.ts';

describe('ids', () => {
  test('new ones are ids, and differ', () => {
    const ids = Array.from({ length: 100 }, () => newId<HoldId>());
    expect(ids.every((id) => idPattern.test(id))).toBe(true);
    expect(new Set(ids).size).toBe(100);
  });

  test.each(['a', 'A-z_0.9:', 'x'.repeat(64)])('%s can be one', (text) => {
    expect(idPattern.test(text)).toBe(true);
  });

  test.each(['', 'x'.repeat(65), 'a b', 'a/b', 'a\n', 'ä', '%41', "a'", 'a\0'])('%j cannot', (text) => {
    expect(idPattern.test(text)).toBe(false);
  });
});
