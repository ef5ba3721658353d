import { describe, expect, test } from '@jest/globals';
import type { Exchange, Outcome } from '../audit/exchange.ts';
import { percentile, requestTable } from './request-table.ts';

const exchange = (kind: Exchange['kind'], outcome: Outcome, tookMs: number): Exchange => ({
  kind,
  userId: 'u',
  stay: 1,
  idempotencyKey: null,
  path: '/',
  body: null,
  sentAtMs: 1_000,
  endedAtMs: 1_000 + tookMs,
  outcome,
});

const answer = (status: number, text = '{}', replayed = false): Outcome => ({
  type: 'answer',
  status,
  text,
  replayed,
});

describe('the table of requests', () => {
  test('counts outcomes by status and slug, the most frequent first', () => {
    const lines = requestTable([
      exchange('pay hold', answer(201), 10),
      exchange('pay hold', answer(201), 20),
      exchange('pay hold', answer(201, '{}', true), 30),
      exchange('pay hold', answer(409, '{"type":"urn:problem:hold-paid"}'), 40),
      exchange('pay hold', { type: 'unknown', reason: 'aborted' }, 9_999),
    ]);
    expect(lines).toHaveLength(2);
    expect(lines[1]).toMatch(
      /^pay hold +5 +20 +40 +40 {2}201 × 2, 201 replayed × 1, 409 hold-paid × 1, aborted × 1$/,
    );
  });

  test('percentiles are by nearest rank', () => {
    const hundred = Array.from({ length: 100 }, (_, index) => index + 1);
    expect([50, 95, 99].map((percent) => percentile(hundred, percent))).toEqual(['50', '95', '99']);
    expect(percentile([2.71], 99)).toBe('2.7');
    expect(percentile([], 50)).toBe('-');
  });
});
