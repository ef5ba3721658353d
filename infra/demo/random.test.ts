import { describe, expect, test } from '@jest/globals';
import { drawHabits } from './crowd/habits.ts';
import { Random } from './random.ts';

const draws = (random: Random, count: number) => Array.from({ length: count }, () => random.next());

describe('chance with a seed', () => {
  test('repeats itself for the same seed, and not for another', () => {
    expect(draws(new Random(7), 20)).toEqual(draws(new Random(7), 20));
    expect(draws(new Random(7), 20)).not.toEqual(draws(new Random(8), 20));
  });

  test('forks that do not follow each other', () => {
    const random = new Random(7);
    expect(draws(random.fork(0), 5)).not.toEqual(draws(random.fork(1), 5));
    expect(draws(random.fork(3), 5)).toEqual(draws(new Random(7).fork(3), 5));
  });

  test('whole numbers reach both ends and no further', () => {
    const random = new Random(1);
    const drawn = new Set(Array.from({ length: 500 }, () => random.whole(2, 5)));
    expect([...drawn].toSorted((a, b) => a - b)).toEqual([2, 3, 4, 5]);
  });

  test('shuffled items are the same ones in another order', () => {
    const items = Array.from({ length: 20 }, (_, index) => index);
    const shuffled = new Random(7).shuffled(items);
    expect(shuffled).not.toEqual(items);
    expect(shuffled.toSorted((a, b) => a - b)).toEqual(items);
    expect(new Random(7).shuffled(items)).toEqual(shuffled);
  });

  test('popular indexes lie in range, the first most often', () => {
    const random = new Random(1);
    const counts = Array.from({ length: 50 }, () => 0);
    for (let draw = 0; draw < 5_000; draw += 1) {
      const index = random.popular(50);
      counts[index] = (counts[index] ?? Number.NaN) + 1;
    }
    expect(counts).toHaveLength(50);
    expect(counts[0]).toBe(Math.max(...counts));
    expect(counts[0]).toBeGreaterThan(10 * (counts[40] ?? 0));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(5_000);
  });

  test('a large crowd has all the habits', () => {
    const crowd = Array.from({ length: 500 }, (_, index) => drawHabits(new Random(5).fork(index)));
    expect(new Set(crowd.map(({ payment }) => payment)).size).toBe(4);
    expect(new Set(crowd.map(({ afterHold }) => afterHold)).size).toBe(3);
    expect(new Set(crowd.map(({ leavesLine }) => leavesLine)).size).toBe(3);
    const eager = crowd.filter(({ entries }) => entries > 1).length;
    expect(eager).toBeGreaterThan(60);
    expect(eager).toBeLessThan(140);
  });
});
