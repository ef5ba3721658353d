import { describe, expect, test } from '@jest/globals';
import {
  countHandOffs,
  countOverlaps,
  figuresOf,
  longestWait,
  maxOverMean,
  turnovers,
  type Window,
} from './figures.ts';
import { parseTrace } from './trace.ts';

/** One turn: worker, wanted, acquired, released. */
type Turn = readonly [worker: string, waitedSince: number, acquiredAt: number, releasedAt: number];

function windowOf(turns: readonly Turn[], bounds: Partial<Window> = {}): Window {
  const holds = turns.map(([worker, waitedSince, acquiredAt, releasedAt]) => ({
    worker,
    waitedSince,
    acquiredAt,
    releasedAt,
  }));
  const trace = { holds, refusals: 0, errors: [] };
  return { trace, workers: 2, startsAt: 0, endsAt: 10_000, commands: 0, reads: 0, ...bounds };
}

/** a and b in turn: 2,000 µs held, 500 µs free. */
const alternating = windowOf([
  ['a', 0, 0, 2_000],
  ['b', 0, 2_500, 4_500],
  ['a', 2_100, 5_000, 7_000],
  ['b', 4_600, 7_500, 9_500],
]);

/** a takes it back twice before b comes in. */
const selfish = windowOf([
  ['a', 0, 0, 1_000],
  ['a', 1_000, 1_100, 2_000],
  ['a', 2_000, 2_100, 3_000],
  ['b', 0, 3_200, 4_000],
]);

describe('overlaps', () => {
  test('there are none where each begins when the last has ended', () => {
    expect(countOverlaps(alternating.trace.holds)).toBe(0);
  });

  test('a hold that begins a microsecond too early is found', () => {
    const { holds } = windowOf([
      ['a', 0, 0, 2_000],
      ['b', 0, 1_999, 4_000],
      ['a', 0, 4_000, 5_000],
    ]).trace;
    expect(countOverlaps(holds)).toBe(1);
  });

  test('all that began inside one long hold are found, also behind a short one', () => {
    const { holds } = windowOf([
      ['a', 0, 0, 9_000],
      ['b', 0, 1_000, 2_000],
      ['c', 0, 3_000, 4_000],
    ]).trace;
    expect(countOverlaps(holds)).toBe(2);
  });
});

describe('turnover', () => {
  test('is what lies between a release and the acquisition by another', () => {
    expect(turnovers(alternating)).toEqual([500, 500, 500]);
  });

  test('counts from the first release of a holder that takes it back', () => {
    expect(turnovers(selfish)).toEqual([2_200]);
  });

  test('counts what ends inside the window alone', () => {
    expect(turnovers({ ...alternating, startsAt: 3_000, endsAt: 6_000 })).toEqual([500]);
  });

  test('is at least what has passed when nobody else ever came in', () => {
    expect(turnovers(windowOf([['a', 0, 0, 1_000]]))).toEqual([9_000]);
  });
});

describe('hand-offs', () => {
  test('are those to another worker that had waited', () => {
    expect(countHandOffs(alternating)).toBe(3);
    expect(countHandOffs(selfish)).toBe(1);
  });

  test('are not those to a worker that came when the lock was free', () => {
    const late = windowOf([
      ['a', 0, 0, 1_000],
      ['b', 5_000, 5_100, 6_000],
    ]);
    expect(countHandOffs(late)).toBe(0);
  });
});

describe('fairness', () => {
  test('is 1 where all have as many', () => {
    expect(maxOverMean(alternating)).toBe(1);
  });

  test('shows who takes more than a share, and counts those who had none', () => {
    expect(maxOverMean(selfish)).toBe(1.5);
    expect(maxOverMean({ ...selfish, workers: 4 })).toBe(3);
  });

  test('the longest wait runs from the release to the next acquisition, refusals or not', () => {
    expect(longestWait(alternating)).toBe(3_000);
  });

  test('the longest wait counts who waits still when the window ends', () => {
    expect(longestWait(selfish)).toBe(7_000);
  });
});

test('figures pool the windows, and tell rates from their seconds', () => {
  const window = { ...alternating, commands: 36, reads: 9 };
  const figures = figuresOf([window, window]);
  expect(figures).toMatchObject({
    acquisitions: 8,
    turns: 8,
    handOffs: 6,
    handOffsPerSecond: 300,
    turnoverP50Ms: 0.5,
    turnoverP99Ms: 0.5,
    commandsPerHandOff: 12,
    readsPerHandOff: 3,
    maxOverMean: 1,
    longestWaitMs: 3,
    meanTurnMs: 2.5,
    overlaps: 0,
  });
});

test('the lines of workers in any order make the same figures', () => {
  const trace = parseTrace(
    'ready b\nwait b 0\nacquire b 2500\nrelease b 4500\nready a\nwait a 0\nacquire a 0\nrelease a 2000\n',
  );
  expect(turnovers(windowOf([], { trace }))).toEqual([500]);
});
