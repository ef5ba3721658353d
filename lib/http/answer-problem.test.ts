import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { DeadlineError } from '../deadline.ts';
import { type Dependency, DependencyError, Problem, type ProblemSlug, problems } from '../errors.ts';
import type { SeatId } from '../ids.ts';
import { logger } from '../log.ts';
import { answerProblem } from './answer-problem.ts';

/** One of each; a slug that is missing does not compile. */
const samples: { readonly [Slug in ProblemSlug]: Problem<Slug> } = {
  'malformed-request': new Problem('malformed-request', 'd'),
  'idempotency-key-missing': new Problem('idempotency-key-missing', 'd'),
  'idempotency-key-invalid': new Problem('idempotency-key-invalid', 'd'),
  unauthenticated: new Problem('unauthenticated', 'd'),
  'insufficient-points': new Problem('insufficient-points', 'd', { balance: 5, amount: 7 }),
  forbidden: new Problem('forbidden', 'd'),
  'not-admitted': new Problem('not-admitted', 'd'),
  'not-found': new Problem('not-found', 'd'),
  'not-in-queue': new Problem('not-in-queue', 'd'),
  'extension-limit': new Problem('extension-limit', 'd'),
  'hold-expired': new Problem('hold-expired', 'd'),
  'hold-released': new Problem('hold-released', 'd'),
  'hold-paid': new Problem('hold-paid', 'd'),
  'no-adjacent-seats': new Problem('no-adjacent-seats', 'd'),
  'already-cancelled': new Problem('already-cancelled', 'd'),
  'performance-started': new Problem('performance-started', 'd'),
  'request-in-progress': new Problem('request-in-progress', 'd'),
  'seat-limit': new Problem('seat-limit', 'd'),
  'seat-unavailable': new Problem('seat-unavailable', 'd', { seatIds: ['p:A-1' as SeatId] }),
  'request-too-large': new Problem('request-too-large', 'd'),
  'unsupported-media-type': new Problem('unsupported-media-type', 'd'),
  'balance-limit': new Problem('balance-limit', 'd'),
  'idempotency-key-reused': new Problem('idempotency-key-reused', 'd'),
  'invalid-request': new Problem('invalid-request', 'd', { errors: [{ pointer: '#/a', detail: 'b' }] }),
  internal: new Problem('internal', 'd'),
  unavailable: new Problem('unavailable', 'd'),
};

const bodyOf = (error: unknown): unknown => JSON.parse(answerProblem(error, 'r-1').text ?? '');

/** What was logged as an error: its text and what goes with it. */
let logged: unknown[][];
beforeEach(() => {
  logged = [];
  jest.spyOn(logger, 'error').mockImplementation((...parts) => void logged.push(parts));
});
afterEach(() => {
  jest.restoreAllMocks();
});

describe('each problem becomes its answer', () => {
  test.each(Object.values(samples))('$slug', (problem) => {
    const { status, title } = problems[problem.slug];
    const answer = answerProblem(problem, 'r-1');
    expect(answer.status).toBe(status);
    expect(answer.headers?.['content-type']).toBe('application/problem+json');
    expect(bodyOf(problem)).toEqual({
      type: `urn:problem:${problem.slug}`,
      title,
      status,
      detail: 'd',
      requestId: 'r-1',
      ...problem.members,
    });
  });

  test('401 says how to authenticate, and nothing else does', () => {
    const saying = Object.values(samples).filter(
      (problem) => answerProblem(problem, 'r').headers?.['www-authenticate'] === 'Bearer',
    );
    expect(saying.map(({ slug }) => slug)).toEqual(['unauthenticated']);
  });

  test('what may succeed later says when', () => {
    const saying = Object.values(samples).filter(
      (problem) => answerProblem(problem, 'r').headers?.['retry-after'] === '1',
    );
    expect(saying.map(({ slug }) => slug).toSorted()).toEqual(['request-in-progress', 'unavailable']);
  });
});

describe('other errors', () => {
  const dependencies: readonly Dependency[] = ['redis', 'postgres', 'kafka', 'secrets', 'issuer'];

  test.each(dependencies)('%s out of reach is 503', (dependency) => {
    const error = new DependencyError(dependency, new Error('down'));
    expect(bodyOf(error)).toMatchObject({ status: 503 });
    expect(logged).toEqual([[expect.any(String), expect.objectContaining({ cause: error })]]);
  });

  test('no answer in time is 503', () => {
    expect(answerProblem(new DeadlineError(2_700), 'r-1')).toMatchObject({
      status: 503,
      headers: { 'retry-after': '1' },
    });
  });

  test.each([[new TypeError('x is undefined')], ['a string'], [undefined], [null], [{ slug: 'not-found' }]])(
    '%p is 500',
    (error) => {
      expect(bodyOf(error)).toMatchObject({ status: 500, type: 'urn:problem:internal' });
    },
  );

  test('a defect is logged whole, with the request', () => {
    const error = new Error('outer', { cause: new Error('inner') });
    answerProblem(error, 'r-1');
    expect(logged).toEqual([[problems.internal.title, { requestId: 'r-1', slug: 'internal', cause: error }]]);
  });

  test('what a client did wrong is not logged', () => {
    answerProblem(samples['invalid-request'], 'r-1');
    answerProblem(samples.unauthenticated, 'r-1');
    expect(logged).toEqual([]);
  });
});

describe('nothing of the inside reaches the client', () => {
  const secret = 'postgres://user:hunter2@10.0.0.7/concert';

  test.each([
    [new Error(secret)],
    [new DependencyError('postgres', new Error(secret))],
    [new Problem('unavailable', 'Later.', undefined, { cause: new Error(secret) })],
    [new Problem('unauthenticated', 'No.', undefined, { cause: new Error(secret) })],
    [Object.assign(new Error('failed'), { detail: secret, members: { secret } })],
  ])('of %p', (error) => {
    const { text, headers } = answerProblem(error, 'r-1');
    expect(JSON.stringify({ text, headers })).not.toContain('hunter2');
    expect(text).not.toContain('answer-problem');
  });
});
