import { describe, expect, test } from '@jest/globals';
import { cachedAnswer } from './cached-answer.ts';

const body = { items: [1, 2, 3] };
const etag = cachedAnswer(body, undefined).headers?.['etag'] ?? '';

describe('a cached answer', () => {
  test('says what it is and how long it may be kept', () => {
    expect(cachedAnswer(body, undefined)).toEqual({
      status: 200,
      text: JSON.stringify(body),
      headers: {
        etag: expect.stringMatching(/^"[\w-]{27}"$/),
        'cache-control': 'public, max-age=1, stale-if-error=0',
        'content-type': 'application/json',
      },
    });
  });

  test('has one tag for the same bytes, another for others', () => {
    expect(cachedAnswer({ items: [1, 2, 3] }, undefined).headers?.['etag']).toBe(etag);
    expect(cachedAnswer({ items: [1, 2] }, undefined).headers?.['etag']).not.toBe(etag);
  });

  test.each([
    ['the tag', etag],
    ['the tag, weakened on the way', `W/${etag}`],
    ['the tag among others', `"x", ${etag} , "y"`],
    ['anything', '*'],
  ])('is 304 without a body to whom has %s', (_, ifNoneMatch) => {
    expect(cachedAnswer(body, ifNoneMatch)).toEqual({
      status: 304,
      headers: { etag, 'cache-control': 'public, max-age=1, stale-if-error=0' },
    });
  });

  test.each(['"x"', '', etag.slice(1, -1), 'W/"x"', '"*"'])('is whole to whom has %s', (ifNoneMatch) => {
    expect(cachedAnswer(body, ifNoneMatch).status).toBe(200);
  });

  test('may be kept longer where that is told', () => {
    expect(cachedAnswer(body, undefined, 60).headers?.['cache-control']).toBe(
      'public, max-age=60, stale-if-error=0',
    );
  });
});
