import type { Cell, Expectation, Hazard, Protection, Reply, Round, Staging, Trial } from '../cell.ts';
import { firstPartition } from '../delivery-topic.ts';
import type { Lab } from '../laboratory.ts';
import { advisory, conditional, forUpdate, serializable } from '../protections/database.ts';
import { kafka } from '../protections/kafka.ts';
import { pubsub, simple, spin } from '../protections/locks.ts';
import { none } from '../protections/none.ts';
import { lockAfterSnapshot, lockBefore, lockInside, releasedEarly } from '../protections/orders.ts';

/** The protections that can be put around any race, in the order of the report. */
export const protections: readonly Protection[] = [
  none,
  conditional,
  forUpdate,
  serializable,
  advisory,
  simple,
  spin,
  pubsub,
  lockInside,
  lockAfterSnapshot,
  releasedEarly,
  lockBefore,
  kafka,
];

/** Enough to keep the machine busy, few enough that the latencies are still those of a race. */
const roundsAtOnce = 4;

/** A race that is run once without and once with each protection, and once by the project's own operations. */
export interface RaceHazard {
  readonly name: string;
  readonly title: string;
  readonly explanation: string;
  readonly attempts: number;
  /** `free` unless told: otherwise the attempts come as records of different partitions, i.e. in no order. */
  readonly arrival?: Cell['arrival'];
  /** @returns the id of the new round */
  prepare(lab: Lab): Promise<string>;
  round(lab: Lab, id: string): Round;
  readonly ours: Staging<unknown>;
  /** A waiting room whose people have no receipts, where that makes a difference. */
  readonly oursWithoutReceipts?: Staging<unknown>;
  /** Why the project's operations hold. */
  readonly oursHold: string;
  /** Under which protections anomalies are to be expected; none under every other. */
  readonly broken: Readonly<Record<string, string>>;
}

const unprotected = 'All read before any writes.';
const uncommitted = 'The next holder reads before the COMMIT.';

/** What breaks every race that is not only about order. */
export const brokenAlways = { none: unprotected, 'released-before-commit': uncommitted };
/** Where attempts only insert, nothing stops those that look at an old snapshot. */
export const brokenInserts = {
  ...brokenAlways,
  'lock-after-snapshot': 'The snapshot is older than the lock, and there is no common row to collide on.',
};

export function raceHazard(race: RaceHazard): Hazard {
  const { name, title, explanation, broken, arrival = 'free' } = race;
  const cells = protections.map((protection): Cell => {
    const because = broken[protection.name];
    const expects: Expectation = because === undefined ? 'none' : 'anomalies';
    return {
      hazard: name,
      protection: protection.name,
      expects,
      because: because ?? protection.holdsBecause,
      roundsAtOnce,
      arrival,
      prepare: (lab) => race.prepare(lab),
      // What `prepare` of this cell gave.
      trial: (lab, id) => raceTrial(lab, race, protection, race.round(lab, id as string)),
    };
  });
  const oursOf = (protection: string, staging: Staging<unknown>): Cell => ({
    hazard: name,
    protection,
    expects: 'none',
    because: race.oursHold,
    roundsAtOnce,
    arrival,
    ...staging,
  });
  cells.push(oursOf('ours', race.ours));
  if (race.oursWithoutReceipts) cells.push(oursOf('ours-without-receipts', race.oursWithoutReceipts));
  return { name, title, explanation, cells };
}

function raceTrial(lab: Lab, race: RaceHazard, protection: Protection, round: Round): Trial {
  const attempt = (index: number) => protection.attempt(lab, round, index);
  const isScattered = race.arrival !== undefined && protection !== kafka;
  const first = firstPartition(lab.random);
  return {
    attempts: times(race.attempts, (index) =>
      isScattered ? lab.deliveries.deliver(first + index, () => attempt(index)) : attempt(index),
    ),
    audit: (replies) => round.audit(replies),
  };
}

/** The same attempt so many times. */
export const times = (count: number, attempt: (index: number) => Promise<Reply>) =>
  Array.from({ length: count }, (_, index) => () => attempt(index));
