import { describe, expect, test } from '@jest/globals';
import type { Exchange, Outcome, RequestKind } from '../../audit/exchange.ts';
import type { Service } from '../stage/service.ts';
import { catalogue } from './catalogue.ts';
import { faultOf } from './expectations.ts';
import type { Fault } from './fault.ts';
import { phaseOf, settleMs } from './timeline.ts';

const timeline = {
  beginsAtMs: 10_000,
  onAtMs: 10_100,
  endsAtMs: 20_000,
  healedAtMs: 20_100,
  recoveredAtMs: 21_000,
};

const exchange = (sentAtMs: number, tookMs: number, kind: RequestKind, outcome: Outcome): Exchange => ({
  kind,
  userId: 'ann',
  stay: 1,
  idempotencyKey: null,
  path: '',
  body: null,
  sentAtMs,
  endedAtMs: sentAtMs + tookMs,
  outcome,
});

const answer = (status: number, slug?: string, retryAfterMs?: number): Outcome => ({
  type: 'answer',
  status,
  text: slug === undefined ? '{}' : JSON.stringify({ type: `urn:problem:${slug}` }),
  replayed: false,
  ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
});
const unavailable = answer(503, 'unavailable', 1_000);

function named(name: string): Fault {
  const fault = catalogue.find((each) => each.name === name);
  if (fault === undefined) throw new Error(`no fault ${name}`);
  return fault;
}

const times = { calm: 5_000, under: 15_000, between: 19_990, after: 21_000 + settleMs + 1 } as const;

const judge = (name: string, when: keyof typeof times, kind: RequestKind, outcome: Outcome, tookMs = 100) =>
  faultOf(exchange(times[when], tookMs, kind, outcome), named(name), timeline);

test('the phase is that of the whole time from call to answer', () => {
  const at = (sentAtMs: number, tookMs: number) =>
    phaseOf(exchange(sentAtMs, tookMs, 'read wallet', unavailable), timeline);
  expect([at(9_000, 500), at(9_000, 1_500), at(10_100, 9_900), at(15_000, 6_000)]).toEqual([
    'up',
    'between',
    'under',
    'between',
  ]);
  expect([at(21_000 + settleMs, 10), at(21_001 + settleMs, 10)]).toEqual(['between', 'up']);
});

const stopped: readonly (readonly [Service, RequestKind, 'must' | 'may' | 'never'])[] = [
  ['redis', 'enter queue', 'must'],
  ['redis', 'hold seats', 'must'],
  ['redis', 'read queue', 'may'],
  ['redis', 'pay hold', 'never'],
  ['redis', 'charge wallet', 'never'],
  ['redis', 'release hold', 'never'],
  ['redis', 'request seat', 'must'],
  ['redis', 'change waiting room', 'must'],
  ['redis', 'extend hold', 'never'],
  ['redis', 'create performance', 'never'],
  ['postgres', 'enter queue', 'never'],
  ['postgres', 'poll queue', 'never'],
  ['postgres', 'read seats', 'may'],
  ['postgres', 'charge wallet', 'must'],
  ['postgres', 'read hold', 'must'],
  ['postgres', 'request seat', 'must'],
  ['postgres', 'extend hold', 'must'],
  ['postgres', 'read draw', 'may'],
  ['kafka', 'hold seats', 'never'],
  ['kafka', 'request seat', 'never'],
  ['kafka', 'pay hold', 'never'],
];

describe('without a service', () => {
  test.each(stopped)('%s: %s %s stop', (service, kind, rule) => {
    const fault = `black-hole-${service}`;
    expect([
      judge(fault, 'under', kind, unavailable) === undefined,
      judge(fault, 'under', kind, answer(200)) === undefined,
    ]).toEqual([rule !== 'never', rule !== 'must']);
    expect(judge(fault, 'calm', kind, unavailable)).toBe(`${kind}: 503, up`);
    expect(judge(fault, 'after', kind, unavailable)).toBe(`${kind}: 503, up`);
    expect(judge(fault, 'between', kind, answer(200))).toBeUndefined();
  });

  test('what is only shaky may be served', () => {
    expect(judge('delay-redis', 'under', 'hold seats', answer(201))).toBeUndefined();
    expect(judge('delay-redis', 'under', 'hold seats', unavailable)).toBeUndefined();
    expect(judge('delay-redis', 'under', 'pay hold', unavailable)).toBe('pay hold: 503, under');
  });

  test('who is not admitted may be told so', () => {
    expect(judge('stop-postgres', 'under', 'hold seats', answer(403, 'not-admitted'))).toBeUndefined();
  });
});

describe('never', () => {
  test.each([
    ['a crash', answer(500, 'internal'), 'charge wallet: 500, under'],
    [
      'a 503 that says nothing',
      answer(503, undefined, 1_000),
      'charge wallet: 503 that is not unavailable, under',
    ],
    ['a 503 without Retry-After', answer(503, 'unavailable'), 'charge wallet: 503 without Retry-After'],
    [
      'a broken connection',
      { type: 'unknown', reason: 'connection', code: 'ECONNRESET' },
      'charge wallet: no answer (connection ECONNRESET), under',
    ],
    ['silence', { type: 'unknown', reason: 'timeout' }, 'charge wallet: no answer (timeout), under'],
  ] as const)('%s', (_, outcome, fault) => {
    expect(judge('stop-postgres', 'under', 'charge wallet', outcome)).toBe(fault);
  });

  test('a 503 after more than 3 s and slack', () => {
    expect(judge('stop-postgres', 'under', 'charge wallet', unavailable, 3_400)).toBeUndefined();
    expect(judge('stop-postgres', 'under', 'charge wallet', unavailable, 3_600)).toMatch(/more than 3 s/);
  });

  test('a health that takes more than 2 s, or is neither good nor bad', () => {
    expect(judge('stop-postgres', 'under', 'read health', answer(503), 2_400)).toBeUndefined();
    expect(judge('stop-postgres', 'under', 'read health', answer(503), 2_600)).toMatch(/more than 2 s/);
    expect(judge('stop-postgres', 'calm', 'read health', answer(404))).toBe('read health: 404');
  });

  test('but who hangs up has nothing to complain of', () => {
    expect(
      judge('stop-postgres', 'calm', 'charge wallet', { type: 'unknown', reason: 'aborted' }),
    ).toBeUndefined();
  });
});
