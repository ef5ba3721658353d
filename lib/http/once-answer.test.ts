import { expect, test } from '@jest/globals';
import { onceAnswer } from './once-answer.ts';

test('the first answer, and the same again with its mark', () => {
  const text = '{"a":1}';
  const first = onceAnswer({ status: 201, text, replayed: false });
  expect(first).toEqual({ status: 201, text, headers: { 'content-type': 'application/json' } });
  const again = onceAnswer({ status: 201, text, replayed: true });
  expect(again).toEqual({ ...first, headers: { ...first.headers, 'idempotency-replayed': 'true' } });
});

test('a refusal is a problem, again too', () => {
  const problem = { 'content-type': 'application/problem+json' };
  expect(onceAnswer({ status: 402, text: '{}', replayed: false }).headers).toEqual(problem);
  expect(onceAnswer({ status: 409, text: '{}', replayed: true }).headers).toMatchObject(problem);
});
