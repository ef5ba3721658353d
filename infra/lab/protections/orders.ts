import { hasSqlState } from '../../../lib/db/call-database.ts';
import type { Protection, Reply, Round, Statements } from '../cell.ts';
import type { Lab } from '../laboratory.ts';
import { underLock } from './under-lock.ts';

export const lockBefore: Protection = {
  name: 'lock-before-transaction',
  title: 'lock before the transaction',
  holdsBecause: 'The lock is given back after the COMMIT: the next holder reads all of it.',
  explanation:
    'lock → BEGIN … COMMIT → unlock: the next holder sees all of it, and nobody waits on a connection.',
  attempt: (lab, round, index) =>
    underLock(lab, lab.locks.pubsub, round, () =>
      lab.pool.inTransaction('READ COMMITTED', (statements) => round.attempt(statements, index)),
    ),
};

export const lockInside: Protection = {
  name: 'lock-inside',
  title: 'lock taken inside the transaction',
  holdsBecause:
    'At READ COMMITTED each statement reads anew, after the lock was taken, and COMMIT comes before the release.',
  explanation:
    'BEGIN → lock → … → COMMIT → unlock at READ COMMITTED: right, but every waiter keeps a database connection.',
  attempt: (lab, round, index) =>
    lab.pool.onConnection(async (statements) => {
      await statements.query('BEGIN');
      return lockAndCommit(lab, statements, round, index);
    }),
};

export const lockAfterSnapshot: Protection = {
  name: 'lock-after-snapshot',
  title: 'lock inside, at REPEATABLE READ',
  holdsBecause:
    'The lock does not save it, the row does: Postgres refuses to write over what changed since the snapshot.',
  explanation:
    'The first statement takes the snapshot, the lock comes after it: the holder reads what was true before it waited.',
  attempt: (lab, round, index) =>
    lab.pool.onConnection(async (statements) => {
      await statements.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
      await statements.query('SELECT FROM lab.rounds WHERE id = $1', [round.id]);
      return lockAndCommit(lab, statements, round, index).catch((error: unknown) => {
        // A row that was changed since the snapshot: Postgres refuses to write over it.
        if (!hasSqlState(error, '40001')) throw error;
        return { outcome: 'refused' } as const;
      });
    }),
};

/** The part of a transaction that has begun: lock, work, COMMIT, unlock. */
async function lockAndCommit(lab: Lab, statements: Statements, round: Round, index: number): Promise<Reply> {
  let isOver = false;
  try {
    return await underLock(lab, lab.locks.pubsub, round, async () => {
      const reply = await round.attempt(statements, index);
      await statements.query('COMMIT');
      isOver = true;
      return reply;
    });
  } finally {
    if (!isOver) await statements.query('ROLLBACK');
  }
}

export const releasedEarly: Protection = {
  name: 'released-before-commit',
  title: 'lock released before COMMIT',
  holdsBecause: 'Nothing here depends on what was read.',
  explanation: 'BEGIN → lock → … → unlock → COMMIT: the next holder reads what is not committed yet.',
  attempt: (lab, round, index) =>
    lab.pool.inTransaction('READ COMMITTED', async (statements) => {
      const reply = await underLock(lab, lab.locks.pubsub, round, () => round.attempt(statements, index));
      // What the rest of a handler does before its framework commits.
      await lab.think();
      return reply;
    }),
};
