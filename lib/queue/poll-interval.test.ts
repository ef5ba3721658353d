import { describe, expect, test } from '@jest/globals';
import { choosePollSeconds, type PollFactors } from './poll-interval.ts';

const short: PollFactors = {
  position: 1,
  waiting: 1,
  waitSeconds: 1,
  heartbeatMs: 30_000,
  pollsPerSecond: 10_000,
};

describe('in a short line', () => {
  test.each([
    [1, 30_000, 1],
    [8, 30_000, 2],
    [39, 30_000, 10],
    [100_000, 30_000, 10],
    [100_000, 5_000, 1],
    [100_000, 3_600_000, 1_200],
  ])('a wait of %i s with a heartbeat of %i ms: %i s', (waitSeconds, heartbeatMs, seconds) => {
    expect(choosePollSeconds({ ...short, waitSeconds, heartbeatMs }, 0.99)).toBe(seconds);
  });

  test('there is time for one lost poll and the one after it', () => {
    for (let heartbeatSeconds = 5; heartbeatSeconds <= 3_600; heartbeatSeconds++) {
      const heartbeatMs = heartbeatSeconds * 1_000;
      const seconds = choosePollSeconds({ ...short, waitSeconds: Infinity, heartbeatMs });
      expect(3 * seconds).toBeLessThanOrEqual(heartbeatSeconds);
    }
  });
});

/** The polls a second of a whole line, each at the shortest interval that anybody may be told. */
function pollsOf(waiting: number, pollsPerSecond: number, told = choosePollSeconds): number {
  let polls = 0;
  for (let position = 1; position <= waiting; position++)
    polls += 1 / told({ ...short, position, waiting, pollsPerSecond }, 0);
  return polls;
}

const lengths = [1, 10, 1_000, 50_000, 1_000_000] as const;
const budgets = [1, 100, 10_000] as const;

describe('all who wait together', () => {
  test.each(lengths.flatMap((waiting) => budgets.map((budget) => [waiting, budget] as const)))(
    '%i people stay within %i polls a second',
    (waiting, budget) => {
      expect(pollsOf(waiting, budget)).toBeLessThanOrEqual(budget);
    },
  );

  test('would not with the heartbeat alone', () => {
    expect(pollsOf(1_000_000, 10_000, () => 10)).toBeCloseTo(100_000);
  });

  test('those in front ask soon, and later ones no later than those behind them', () => {
    const told = (position: number) =>
      choosePollSeconds({ ...short, position, waiting: 1_000_000, waitSeconds: position / 100 }, 0);
    expect(told(1)).toBe(1);
    expect(told(300)).toBe(1);
    expect(told(10_000)).toBeLessThan(40);
    const all = Array.from({ length: 1_000 }, (_, index) => told(index * 1_000 + 1));
    expect(all).toEqual(all.toSorted((a, b) => a - b));
  });
});

/** People come within a second or a minute and ask when they are told to; the most polls in any second after that. */
function busiestSecond(people: number, withinSeconds: number, pollsPerSecond: number, chance?: () => number) {
  const seconds = 300;
  const due: number[][] = Array.from({ length: seconds + withinSeconds }, () => []);
  for (let n = 0; n < people; n++) due[Math.floor((n / people) * withinSeconds)]?.push(n);
  const polls: number[] = [];
  let waiting = 0;
  for (const [second, asking] of due.entries()) {
    if (second < withinSeconds) waiting = Math.round((people * (second + 1)) / withinSeconds);
    else polls.push(asking.length);
    for (const n of asking) {
      const factors = { ...short, position: n + 1, waiting, waitSeconds: n / 50, pollsPerSecond };
      due[second + choosePollSeconds(factors, chance?.())]?.push(n);
    }
  }
  return Math.max(...polls);
}

describe('people who come together do not ask together', () => {
  // By chance a second has a few standard deviations more than its mean.
  test.each([1, 60])('100,000 within %i s, budget 1,000', (withinSeconds) => {
    expect(busiestSecond(100_000, withinSeconds, 1_000)).toBeLessThan(1_100);
  });

  test('as they would if chance had no part in it', () => {
    expect(busiestSecond(100_000, 1, 1_000, () => 0)).toBeGreaterThan(50_000);
  });
});
