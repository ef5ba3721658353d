import { expect, test } from '@jest/globals';
import { catalogue } from './catalogue.ts';
import { planRounds } from './plan-rounds.ts';

const all = catalogue.map(({ name }) => name);
const choices = (plan: {
  readonly seed: number;
  readonly faults: readonly string[];
  readonly rounds: number;
}) => new Map(planRounds(plan).map(({ name, random }) => [name, [random.next(), random.fork(7).next()]]));

test('a fault by itself chooses what it chose among all', () => {
  const among = choices({ seed: 20_261_130, faults: all, rounds: 2 });
  expect(among.size).toBe(2 * all.length);
  for (const fault of all) {
    const alone = choices({ seed: 20_261_130, faults: [fault], rounds: 2 });
    expect(alone.size).toBe(2);
    for (const [name, numbers] of alone) expect(among.get(name)).toEqual(numbers);
  }
});

test('faults, rounds and seeds choose differently', () => {
  const seen = [1, 2].flatMap((seed) => [...choices({ seed, faults: all, rounds: 2 }).values()]);
  expect(new Set(seen.map(([first]) => first)).size).toBe(4 * all.length);
});

test('the order is of the seed, and of each round', () => {
  const order = (seed: number) => planRounds({ seed, faults: all, rounds: 2 }).map(({ fault }) => fault.name);
  expect(order(3)).toEqual(order(3));
  expect(order(3)).not.toEqual(order(4));
  expect(order(3).slice(0, all.length)).not.toEqual(order(3).slice(all.length));
  expect(order(3).slice(0, all.length).toSorted()).toEqual(all.toSorted());
});
