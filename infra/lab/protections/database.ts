import { setTimeout as sleep } from 'node:timers/promises';
import { hasSqlState } from '../../../lib/db/call-database.ts';
import type { Protection, Reply } from '../cell.ts';

/** Each of the attempts of a race may be given up on once by each of the others, and some more. */
const maxTries = 40;

export const conditional: Protection = {
  name: 'conditional',
  title: 'database: conditional statement',
  holdsBecause: 'Condition and change are one statement, and a row has one writer at a time.',
  explanation:
    'One statement reads, decides and writes: a condition in UPDATE, or a unique key with ON CONFLICT.',
  attempt: (lab, round, index) => lab.pool.onConnection((statements) => round.conditional(statements, index)),
};

export const forUpdate: Protection = {
  name: 'for-update',
  title: 'database: SELECT … FOR UPDATE',
  holdsBecause: 'One at a time by the row lock, each reading what the one before it committed.',
  explanation: 'A transaction that locks the row everybody goes through before it reads anything else.',
  attempt: (lab, round, index) =>
    lab.pool.inTransaction('READ COMMITTED', async (statements) => {
      await statements.query('SELECT FROM lab.rounds WHERE id = $1 FOR UPDATE', [round.id]);
      return round.attempt(statements, index);
    }),
};

export const advisory: Protection = {
  name: 'advisory',
  title: 'database: advisory lock',
  holdsBecause: 'One at a time by the advisory lock, each reading what the one before it committed.',
  explanation:
    'pg_advisory_xact_lock on the name of the resource, as the first statement of the transaction.',
  attempt: (lab, round, index) =>
    lab.pool.inTransaction('READ COMMITTED', async (statements) => {
      await statements.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [round.id]);
      return round.attempt(statements, index);
    }),
};

export const serializable: Protection = {
  name: 'serializable',
  title: 'database: SERIALIZABLE with retry',
  holdsBecause: 'What no serial order explains is rolled back and done again.',
  explanation:
    'Nobody waits; Postgres gives up on whoever would break the serial order, and the whole is done again.',
  attempt: async (lab, round, index): Promise<Reply> => {
    for (let tried = 1; tried <= maxTries; tried += 1) {
      try {
        return await lab.pool.inTransaction('SERIALIZABLE', (statements) => round.attempt(statements, index));
      } catch (error) {
        if (!hasSqlState(error, '40001', '40P01')) throw error;
        await sleep(Math.random() * 2 * tried);
      }
    }
    return { outcome: 'failed' };
  },
};
