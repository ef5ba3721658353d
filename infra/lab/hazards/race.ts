import type { Cell, Expectation, Hazard, Protection, Reply, Round, Trial } from '../cell.ts';
import { partitions } from '../delivery-topic.ts';
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

/** A race that is run once without and once with each protection, and once by the project's own operations. */
export interface RaceHazard {
  readonly name: string;
  readonly title: string;
  readonly explanation: string;
  readonly attempts: number;
  /** The attempts come as records of different partitions, i.e. in no order. */
  readonly delivered?: boolean;
  stage(lab: Lab): Promise<Round>;
  stageOurs(lab: Lab): Promise<Trial>;
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
  const { name, title, explanation, broken } = race;
  const cells = protections.map((protection): Cell => {
    const because = broken[protection.name];
    const expects: Expectation = because === undefined ? 'none' : 'anomalies';
    return {
      hazard: name,
      protection: protection.name,
      expects,
      because: because ?? protection.holdsBecause,
      roundsAtOnce: 1,
      stage: (lab) => stageRace(lab, race, protection),
    };
  });
  const ours: Cell = {
    hazard: name,
    protection: 'ours',
    expects: 'none',
    because: race.oursHold,
    roundsAtOnce: 1,
    stage: (lab) => race.stageOurs(lab),
  };
  return { name, title, explanation, cells: [...cells, ours] };
}

async function stageRace(lab: Lab, race: RaceHazard, protection: Protection): Promise<Trial> {
  const round = await race.stage(lab);
  const attempt = (index: number) => protection.attempt(lab, round, index);
  const isScattered = race.delivered === true && protection !== kafka;
  return {
    attempts: times(race.attempts, (index) =>
      isScattered ? lab.deliveries.deliver(index % partitions, () => attempt(index)) : attempt(index),
    ),
    audit: (replies) => round.audit(replies),
  };
}

/** The same attempt so many times. */
export const times = (count: number, attempt: (index: number) => Promise<Reply>) =>
  Array.from({ length: count }, (_, index) => () => attempt(index));
