import type { LockKind } from '../../../lib/lock/create-lock.ts';
import type { Protection } from '../cell.ts';
import { underLock } from './under-lock.ts';

/** The lock around statements that each commit by themselves. */
const lockOf = (kind: LockKind, title: string, explanation: string): Protection => ({
  name: kind,
  title,
  explanation,
  holdsBecause: 'One at a time by the lock, and each statement is committed before it is given back.',
  attempt: (lab, round, index) =>
    underLock(lab, lab.locks[kind], round, () =>
      lab.pool.onConnection((statements) => round.attempt(statements, index)),
    ),
});

export const simple = lockOf(
  'simple',
  'simple lock',
  'SET NX PX, tried once: who comes second is refused at once and has to come again.',
);
export const spin = lockOf('spin', 'spin lock', 'Tried again at jittered intervals until a deadline.');
export const pubsub = lockOf(
  'pubsub',
  'pub/sub lock',
  'Waiters stand in a line in Redis, and a release wakes the first of them.',
);
