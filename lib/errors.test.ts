import { describe, expect, test } from '@jest/globals';
import { DependencyError, describeProblem, isProblem, Problem, problems } from './errors.ts';

const rows = Object.entries(problems);

describe('the table of problems', () => {
  test.each(rows)('%s has what RFC 9457 wants', (slug, row) => {
    expect(slug).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(row.title).not.toBe('');
    expect(row.status).toBeGreaterThanOrEqual(400);
    expect(row.status).toBeLessThan(600);
  });

  test('no two have one title', () => {
    expect(new Set(rows.map(([, { title }]) => title)).size).toBe(rows.length);
  });

  test.each(rows)(
    '%s is kept with its key only if it is 402, or 409 about the state of things',
    (slug, row) => {
      const aboutState = row.status === 402 || (row.status === 409 && slug !== 'request-in-progress');
      expect(row.stored).toBe(aboutState);
    },
  );

  test.each(rows)('%s says when to come again exactly if that may help', (slug, row) => {
    expect('retryAfterSeconds' in row).toBe(row.status === 503 || slug === 'request-in-progress');
  });

  test('has what the contract promises', () => {
    const statuses = Object.fromEntries(rows.map(([slug, { status }]) => [slug, status]));
    expect(statuses).toEqual({
      'malformed-request': 400,
      'idempotency-key-missing': 400,
      'idempotency-key-invalid': 400,
      unauthenticated: 401,
      'insufficient-points': 402,
      forbidden: 403,
      'not-admitted': 403,
      'not-found': 404,
      'not-in-queue': 404,
      'already-cancelled': 409,
      'extension-limit': 409,
      'hold-expired': 409,
      'hold-paid': 409,
      'hold-released': 409,
      'no-adjacent-seats': 409,
      'performance-started': 409,
      'request-in-progress': 409,
      'seat-limit': 409,
      'seat-unavailable': 409,
      'request-too-large': 413,
      'unsupported-media-type': 415,
      'balance-limit': 422,
      'idempotency-key-reused': 422,
      'invalid-request': 422,
      internal: 500,
      unavailable: 503,
    });
  });
});

describe('a problem', () => {
  test('is described with its own members', () => {
    const problem = new Problem('insufficient-points', 'Too few.', { balance: 1, amount: 2 });
    expect(describeProblem(problem, 'r-1')).toEqual({
      type: 'urn:problem:insufficient-points',
      title: 'The balance is too low',
      status: 402,
      detail: 'Too few.',
      requestId: 'r-1',
      balance: 1,
      amount: 2,
    });
  });

  test('keeps its cause to itself', () => {
    const cause = new Error('inside');
    const problem = new Problem('unavailable', 'Later.', undefined, { cause });
    expect(problem.cause).toBe(cause);
    expect(JSON.stringify(describeProblem(problem, 'r-1'))).not.toContain('inside');
  });

  test('is told from other errors', () => {
    expect(isProblem(new Problem('not-found', 'No.'))).toBe(true);
    expect(isProblem(new DependencyError('redis', 'away'))).toBe(false);
    expect(isProblem({ slug: 'not-found' })).toBe(false);
  });

  test('members are demanded of those that have them, and of no other', () => {
    // @ts-expect-error balance and amount are missing
    const few = () => new Problem('insufficient-points', 'Too few.');
    // @ts-expect-error a hold that is over has no members
    const many = () => new Problem('hold-expired', 'Over.', { balance: 1 });
    // @ts-expect-error not in the table
    const unknown = () => new Problem('out-of-luck', 'No.');
    expect([few, many, unknown]).toHaveLength(3);
  });
});
