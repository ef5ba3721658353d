import { Random } from '../../demo/random.ts';
import { catalogue } from './catalogue.ts';
import type { Fault } from './fault.ts';

/** A fault to be tried, and where its choices come from. */
export interface PlannedRound {
  readonly fault: Fault;
  readonly random: Random;
  /** Of the fault and the round, the same in every run with the seed. */
  readonly name: string;
}

/**
 * The faults of all rounds, in an order of each round's own. What a fault chooses hangs on the seed, its name and the
 * round alone: one that was found among all can be tried by itself.
 */
export function planRounds({
  seed,
  faults,
  rounds,
}: {
  readonly seed: number;
  readonly faults: readonly string[];
  readonly rounds: number;
}): PlannedRound[] {
  const chosen = catalogue.filter(({ name }) => faults.includes(name));
  const order = new Random(seed);
  return Array.from({ length: rounds }, (_, round) =>
    order.shuffled(chosen).map((fault) => ({
      fault,
      random: new Random(mix(seed, fault.name)).fork(round),
      name: `${seed}-${fault.name}-${round + 1}`,
    })),
  ).flat();
}

/** FNV-1a, begun with the seed. */
const mix = (seed: number, name: string): number =>
  Buffer.from(name).reduce((hash, byte) => Math.imul(hash ^ byte, 0x01000193), 0x811c9dc5 ^ seed);
