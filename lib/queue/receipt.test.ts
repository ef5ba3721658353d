import { describe, expect, test } from '@jest/globals';
import type { PerformanceId, UserId } from '../ids.ts';
import { beginReceipt, readReceipt } from './receipt.ts';

const key = 'a key of at least thirty-two characters';
const claim = {
  performanceId: 'performance-1' as PerformanceId,
  userId: 'user-1' as UserId,
  ticket: 1_234_000_017,
  epoch: 3,
};
const receipt = beginReceipt(key, claim)(claim);
const [epoch = '', ticket = '', signature = ''] = receipt.split('.');

/** The same characters with the one at `index` changed to another of the alphabet. */
const forge = (text: string, index: number) =>
  `${text.slice(0, index)}${text[index] === 'A' ? 'B' : 'A'}${text.slice(index + 1)}`;

describe('a receipt', () => {
  test('is the same bytes for the same place', () => {
    expect(beginReceipt(key, claim)(claim)).toBe(receipt);
    expect(receipt).toMatch(/^3\.1234000017\.[\w-]{43}$/);
  });

  test('proves the place to which it belongs', () => {
    expect(readReceipt(key, receipt, claim)).toEqual(claim);
  });

  test('is worth nothing to another user, for another performance, under another key', () => {
    expect(readReceipt(key, receipt, { ...claim, userId: 'user-2' as UserId })).toBeUndefined();
    expect(readReceipt(key, receipt, { ...claim, performanceId: 'p' as PerformanceId })).toBeUndefined();
    expect(readReceipt(`${key}!`, receipt, claim)).toBeUndefined();
  });

  test('is worth nothing with any character of its signature changed', () => {
    for (let index = 0; index < signature.length; index++) {
      expect(readReceipt(key, `${epoch}.${ticket}.${forge(signature, index)}`, claim)).toBeUndefined();
    }
  });

  test.each([
    ['another ticket', `${epoch}.16.${signature}`],
    ['another epoch', `2.${ticket}.${signature}`],
    ['its parts moved', `${epoch}${ticket[0]}.${ticket.slice(1)}.${signature}`],
    ['a leading zero', `0${epoch}.${ticket}.${signature}`],
    ['padding', `${receipt}=`],
    ['a line break', `${receipt}\n`],
    ['a space', ` ${receipt}`],
    ['a ticket beyond the safe integers', `${epoch}.9999999999999999.${signature}`],
    ['no signature', `${epoch}.${ticket}.`],
    ['nothing', ''],
    ['other text', 'give me my place back'],
    ['two bytes a character', `${epoch}.${ticket}.${'ü'.repeat(43)}`],
    ['a very long text', '1'.repeat(100_000)],
  ])('is ignored with %s', (_, garbage) => {
    expect(readReceipt(key, garbage, claim)).toBeUndefined();
  });
});
