import type { LockKind } from '../create-lock.ts';
import { clusterFacts, clusterLineFacts } from './cluster-facts.ts';
import { holderFacts } from './holder-facts.ts';
import { leaseFacts } from './lease-facts.ts';
import { lineFacts } from './line-facts.ts';
import type { LockFact } from './lock-fact.ts';
import { networkFacts } from './network-facts.ts';

export type LockFactName =
  | keyof typeof networkFacts
  | keyof typeof leaseFacts
  | keyof typeof holderFacts
  | keyof typeof lineFacts
  | keyof typeof clusterFacts
  | keyof typeof clusterLineFacts;

/** Of what servers a fact is. */
export type Site = 'server' | 'cluster';

/** A fact, tried on a kind of lock that it concerns. */
export interface FactTrial {
  readonly title: string;
  readonly kind: LockKind;
  readonly name: LockFactName;
  readonly fact: LockFact;
}

export const titleOf = (kind: LockKind, name: LockFactName) => `${kind}: ${name}`;

const kinds: readonly LockKind[] = ['simple', 'spin', 'pubsub'];

function trialsOf(
  of: readonly LockKind[],
  facts: Readonly<Partial<Record<LockFactName, LockFact>>>,
): readonly FactTrial[] {
  // The keys of an object are known no better than as strings.
  const entries = Object.entries(facts) as [LockFactName, LockFact][];
  return of.flatMap((kind) =>
    entries.map(([name, fact]) => ({ title: titleOf(kind, name), kind, name, fact })),
  );
}

export const factTrials: Readonly<Record<Site, readonly FactTrial[]>> = {
  server: [
    ...trialsOf(kinds, { ...networkFacts, ...leaseFacts }),
    ...trialsOf(['spin', 'pubsub'], holderFacts),
    ...trialsOf(['pubsub'], lineFacts),
  ],
  cluster: [...trialsOf(kinds, clusterFacts), ...trialsOf(['pubsub'], clusterLineFacts)],
};
