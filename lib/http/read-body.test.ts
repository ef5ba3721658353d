import { describe, expect, test } from '@jest/globals';
import * as v from 'valibot';
import { isProblem, type Problem } from '../errors.ts';
import { type HttpCall, httpEvent } from '../testing/events.ts';
import { parseShape, readJson } from './read-body.ts';

const routeKey = 'POST /things';
const json = { 'content-type': 'application/json' };
const read = (call: Omit<HttpCall, 'routeKey'>) => readJson(httpEvent({ routeKey, ...call }));

function refusal(attempt: () => unknown): Problem {
  try {
    attempt();
  } catch (error) {
    if (isProblem(error)) return error;
    throw error;
  }
  throw new Error('taken');
}

const slugOf = (call: Omit<HttpCall, 'routeKey'>) => refusal(() => read(call)).slug;
const limit = 16 * 1024;
const textOf = (bytes: number) => JSON.stringify('x'.repeat(bytes - 2));

describe('a JSON body', () => {
  test.each([
    ['application/json'],
    ['Application/JSON'],
    ['application/json; charset=utf-8'],
    ['application/json;charset=utf-8'],
  ])('of type %s', (contentType) => {
    expect(read({ headers: { 'Content-Type': contentType }, body: '{"a":1}' })).toEqual({ a: 1 });
  });

  test('in Base64, as a gateway may hand it over', () => {
    const body = Buffer.from('{"a":"ü"}').toString('base64');
    expect(read({ headers: json, body, isBase64Encoded: true })).toEqual({ a: 'ü' });
  });

  test('of exactly 16 KiB', () => {
    expect(read({ headers: json, body: textOf(limit) })).toHaveLength(limit - 2);
  });

  test.each(['null', '7', '"a"', '[]', 'false'])('that is %s is one', (body) => {
    expect(read({ headers: json, body })).toEqual(JSON.parse(body));
  });

  test('that is not there is undefined', () => {
    expect(read({})).toBeUndefined();
    expect(read({ headers: json })).toBeUndefined();
    expect(read({ headers: json, body: '' })).toBeUndefined();
  });
});

describe('refused', () => {
  test('one byte over 16 KiB', () => {
    expect(slugOf({ headers: json, body: textOf(limit + 1) })).toBe('request-too-large');
  });

  test('16 KiB counted in bytes, not in characters', () => {
    expect(slugOf({ headers: json, body: `"${'ü'.repeat(limit / 2)}"` })).toBe('request-too-large');
  });

  test.each(['text/plain', 'application/jsonp', 'application/problem+json', 'multipart/form-data', ''])(
    'type %j',
    (contentType) => {
      expect(slugOf({ headers: { 'content-type': contentType }, body: '{}' })).toBe('unsupported-media-type');
    },
  );

  test('a body of no type', () => {
    expect(slugOf({ body: '{}' })).toBe('unsupported-media-type');
  });

  test.each(['{', '{"a":1}}', "{'a':1}", 'undefined', 'NaN', '{"a":01}', ' '])(
    '%j, which is no JSON',
    (body) => {
      expect(slugOf({ headers: json, body })).toBe('malformed-request');
    },
  );

  test('bytes that are not UTF-8', () => {
    const body = Buffer.from([0x22, 0xff, 0xfe, 0x22]).toString('base64');
    expect(slugOf({ headers: json, body, isBase64Encoded: true })).toBe('malformed-request');
  });

  test('first for its size, then for its type, then for its text', () => {
    const headers = { 'content-type': 'text/plain' };
    expect(slugOf({ headers, body: '{'.repeat(limit + 1) })).toBe('request-too-large');
    expect(slugOf({ headers, body: '{' })).toBe('unsupported-media-type');
    expect(slugOf({ headers: json, body: '{' })).toBe('malformed-request');
  });
});

describe('the wrong shape', () => {
  const Shape = v.strictObject({
    a: v.number('a number'),
    'b/c~d e': v.optional(v.array(v.string('a text'))),
  });
  const faultsOf = (value: unknown) => refusal(() => parseShape(Shape, value)).members['errors'];

  test('names each fault by a JSON pointer', () => {
    expect(faultsOf({ a: 'x', 'b/c~d e': ['y', 7] })).toEqual([
      { pointer: '#/a', detail: 'a number' },
      { pointer: '#/b~1c~0d%20e/1', detail: 'a text' },
    ]);
  });

  test.each(['extra', 'constructor', 'toString', '__proto__', 'hasOwnProperty'])(
    'a member named %s is unknown',
    (name) => {
      const value: unknown = JSON.parse(`{"a":1,"${name}":2}`);
      expect(faultsOf(value)).toEqual([{ pointer: `#/${name}`, detail: expect.any(String) }]);
    },
  );

  test('a member whose name is half a surrogate pair is unknown', () => {
    const value: unknown = JSON.parse(String.raw`{"a":1,"\ud800":2}`);
    expect(faultsOf(value)).toEqual([{ pointer: '#/%EF%BF%BD', detail: expect.any(String) }]);
  });

  test.each([[null], [7], ['x'], [[]], [undefined]])('%j is no object', (value) => {
    expect(faultsOf(value)).toHaveLength(1);
  });
});
