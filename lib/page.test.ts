import { describe, expect, test } from '@jest/globals';
import * as v from 'valibot';
import { PageQuery, type PageRequest, toPage } from './page.ts';

const cursorOf = (text: string) => Buffer.from(text).toString('base64url');
const accepts = (query: object) => v.safeParse(PageQuery, query).success;

describe('limit', () => {
  test('is 50 unless told', () => {
    expect(v.parse(PageQuery, {})).toEqual({ limit: 50, before: Number.MAX_SAFE_INTEGER });
  });

  test.each(['1', '7', '99', '200'])('takes %s', (limit) => {
    expect(v.parse(PageQuery, { limit }).limit).toBe(Number(limit));
  });

  test.each(['', '0', '-1', '201', '1000', '01', '+1', '1.0', '1e2', '0x10', ' 1', '1 ', '1,2', '٣', 'x'])(
    'refuses %j',
    (limit) => {
      expect(accepts({ limit })).toBe(false);
    },
  );
});

describe('cursor', () => {
  test.each(['1', '42', '999999999999999'])('of %s means what comes before it', (sequence) => {
    expect(v.parse(PageQuery, { cursor: cursorOf(`s${sequence}`) }).before).toBe(Number(sequence));
  });

  test.each([
    ['empty', ''],
    ['of nothing', cursorOf('s')],
    ['of zero', cursorOf('s0')],
    ['of a leading zero', cursorOf('s01')],
    ['of a negative number', cursorOf('s-1')],
    ['of another kind', cursorOf('x5')],
    ['beyond what a sequence can be', cursorOf('s9999999999999999')],
    ['with padding', `${cursorOf('s1')}==`],
    ['with other bits in its last character', `${cursorOf('s1').slice(0, -1)}F`],
    ['longer than any of ours', 'A'.repeat(25)],
    ['that is not base64url', 'c+/='],
  ])('%s is refused', (_, cursor) => {
    expect(accepts({ cursor })).toBe(false);
  });

  test('other parameters are none of our business', () => {
    expect(accepts({ utm_source: 'mail' })).toBe(true);
  });
});

describe('a page', () => {
  /** A list that grows while it is read; newest first. */
  const read = (rows: readonly number[], request: PageRequest) => {
    const below = rows.filter((row) => row < request.before).toSorted((a, b) => b - a);
    return toPage(
      below.slice(0, request.limit + 1),
      request,
      (row) => row,
      (row) => `item ${row}`,
    );
  };
  const request = (limit: number, cursor?: string) =>
    v.parse(PageQuery, cursor === undefined ? { limit: String(limit) } : { limit: String(limit), cursor });

  test('that holds the last row has no cursor', () => {
    expect(read([1, 2, 3], request(3))).toEqual({ items: ['item 3', 'item 2', 'item 1'], nextCursor: null });
    expect(read([], request(3))).toEqual({ items: [], nextCursor: null });
  });

  test('does not shift when rows are added between two of them', () => {
    const first = read([1, 2, 3, 4, 5], request(2));
    expect(first.items).toEqual(['item 5', 'item 4']);
    const second = read([1, 2, 3, 4, 5, 6, 7], request(2, first.nextCursor ?? ''));
    expect(second.items).toEqual(['item 3', 'item 2']);
    const third = read([1, 2, 3, 4, 5, 6, 7, 8], request(2, second.nextCursor ?? ''));
    expect(third).toEqual({ items: ['item 1'], nextCursor: null });
  });
});
