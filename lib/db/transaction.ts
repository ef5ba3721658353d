import { setTimeout as sleep } from 'node:timers/promises';
import { sql, type Transaction } from 'kysely';
import { callDatabase, hasSqlState } from './call-database.ts';
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

const maxTries = 3;
/** Below the 3 s in which a 503 must come. */
const defaultTimeoutMs = 1_500;

/**
 * Runs the work in one transaction (`BEGIN`, the time limits, the work, `COMMIT`), and the whole of it again,
 * at most twice, when Postgres gives up on it for the sake of another (40001, 40P01). The work must
 * therefore have no effect outside the transaction.
 *
 * Nothing is committed once the lease that guards the transaction is over.
 *
 * The limits are set by `set_config(…, true)`: a plain `SET` would pin the connection of an RDS Proxy.
 *
 * @throws LeaseOverError
 * @throws DependencyError when Postgres cannot serve; nothing was committed, unless the connection was lost
 *   during COMMIT: then the outcome is unknown, and the idempotency row tells it
 */
export async function inTransaction<T>(
  db: Db,
  options: TransactionOptions,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  const limitMs = Math.max(
    1,
    Math.floor(
      Math.min(options.statementTimeoutMs ?? defaultTimeoutMs, options.leaseRemainingMs?.() ?? Infinity),
    ),
  );
  return callDatabase(async () => {
    for (let tried = 1; ; tried++) {
      try {
        return await db.transaction().execute(async (tx) => {
          await setLimits(tx, limitMs);
          const result = await work(tx);
          if (options.leaseRemainingMs?.() === 0) throw new LeaseOverError();
          return result;
        });
      } catch (error) {
        if (tried >= maxTries || !hasSqlState(error, '40001', '40P01')) throw error;
        await sleep(Math.random() * 20 * tried);
      }
    }
  });
}

async function setLimits(tx: Tx, limitMs: number): Promise<void> {
  const limit = String(limitMs);
  await sql`
    SELECT set_config('statement_timeout', ${limit}, true), set_config('lock_timeout', ${limit}, true),
           set_config('idle_in_transaction_session_timeout', ${limit}, true)`.execute(tx);
}
