import { setTimeout as sleep } from 'node:timers/promises';
import { sql, type Transaction } from 'kysely';
import { answerIsDueMs } from '../deadline.ts';
import { DependencyError } from '../errors.ts';
import { callDatabase, hasSqlState, isLostConnection, isUnavailable } from './call-database.ts';
import type { Db } from './client.ts';
import type { Database } from './schema.ts';

export type Tx = Transaction<Database>;

export interface TransactionOptions {
  /** What is left of the lease that guards the transaction, asked again before COMMIT; 0 once it is lost. */
  readonly leaseRemainingMs?: () => number;
  /** A bound of its own for the rare statement that takes longer than a request's. */
  readonly statementTimeoutMs?: number;
}

/** The lease that guards a transaction was over before its COMMIT; nothing was committed. */
export class LeaseOverError extends Error {
  override readonly name = 'LeaseOverError';
}

const leaseOver = (cause?: unknown) => new LeaseOverError('the lease was over before the COMMIT', { cause });

function requireLease(remainingMs: () => number): void {
  if (remainingMs() === 0) throw leaseOver();
}

function requireTime(remainingMs: number): void {
  if (remainingMs <= 0)
    throw new DependencyError('postgres', new Error('the time for the transaction is over'));
}

/** The connection was lost during COMMIT: it may have been carried out or not, and no connection is left to ask. */
export class CommitUnknownError extends DependencyError {
  override readonly name = 'CommitUnknownError';

  constructor(cause: unknown) {
    super('postgres', cause);
  }
}

const maxTries = 3;
/** Both below the 3 s in which a 503 must come: of one statement, and of all tries together. */
const defaultStatementMs = 1_500;
const defaultTotalMs = 2_500;
/** For the COMMIT, before the answer is due. */
const commitMs = 100;

/**
 * Runs the work in one transaction (`BEGIN`, the time limits, the work, `COMMIT`), and the whole of it again,
 * at most twice, when Postgres gives up on it for the sake of another (40001, 40P01). The work must
 * therefore have no effect outside the transaction.
 *
 * Nothing is committed once the lease that guards the transaction is over, or its caller has been told that the request
 * took too long. The server sees to that too: from its time limits on it ends the transaction by itself, so that a
 * COMMIT that is held up on its way comes too late.
 *
 * @throws LeaseOverError
 * @throws CommitUnknownError when the connection was lost during COMMIT; the idempotency row tells the outcome
 * @throws DependencyError when Postgres cannot serve; nothing was committed
 */
export async function inTransaction<T>(
  db: Db,
  options: TransactionOptions,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  const { statementTimeoutMs = defaultStatementMs, leaseRemainingMs = () => Infinity } = options;
  const endsAtMs = Math.min(
    performance.now() + Math.max(defaultTotalMs, statementTimeoutMs),
    answerIsDueMs() - commitMs,
  );
  const remainingMs = () => Math.min(leaseRemainingMs(), endsAtMs - performance.now());
  return callDatabase(async () => {
    requireTime(endsAtMs - performance.now());
    for (let tried = 1; ; tried++) {
      let isCommitting = false;
      // A ROLLBACK on a connection that is gone fails too, and would be all that is heard of it.
      let firstFailure: unknown;
      try {
        return await db.transaction().execute(async (tx) => {
          try {
            requireLease(leaseRemainingMs);
            await setLimits(tx, statementTimeoutMs, remainingMs());
            const result = await work(tx);
            requireLease(leaseRemainingMs);
            requireTime(endsAtMs - performance.now());
            isCommitting = true;
            return result;
          } catch (error) {
            firstFailure = error;
            throw error;
          }
        });
      } catch (last) {
        const error = firstFailure ?? last;
        if (isCommitting && isLostConnection(error)) throw new CommitUnknownError(error);
        // The server's limits, which are the lease's, were faster.
        if (!isCommitting && leaseRemainingMs() === 0 && isUnavailable(error)) throw leaseOver(error);
        const pauseMs = Math.random() * 20 * tried;
        const isVictim = hasSqlState(error, '40001', '40P01');
        if (tried >= maxTries || !isVictim || pauseMs >= remainingMs()) throw error;
        await sleep(pauseMs);
      }
    }
  });
}

/**
 * `transaction_timeout` (Postgres 17) is what bounds the whole: the others begin anew with every statement. By
 * `set_config(…, true)`: a plain `SET` would pin the connection of an RDS Proxy.
 */
async function setLimits(tx: Tx, statementMs: number, totalMs: number): Promise<void> {
  // 0 would be no limit at all.
  const total = String(Math.max(1, Math.floor(totalMs)));
  const statement = String(Math.max(1, Math.floor(Math.min(statementMs, totalMs))));
  await sql`
    SELECT set_config('statement_timeout', ${statement}, true), set_config('lock_timeout', ${statement}, true),
           set_config('idle_in_transaction_session_timeout', ${statement}, true),
           CASE WHEN current_setting('server_version_num')::integer >= 170000
                THEN set_config('transaction_timeout', ${total}, true) END`.execute(tx);
}
