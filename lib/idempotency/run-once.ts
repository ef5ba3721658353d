import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { callDatabase } from '../db/call-database.ts';
import type { Db } from '../db/client.ts';
import { CommitUnknownError, inTransaction, type TransactionOptions, type Tx } from '../db/transaction.ts';
import { describeProblem, isProblem, Problem, problems } from '../errors.ts';
import type { UserId } from '../ids.ts';
import { resolveOutcome } from './resolve-outcome.ts';

/** What is done once a key, and the status of its success. */
const successOf = { charge: 201, payment: 201, cancellation: 200, 'reservation-request': 202 } as const;

/** A request that has an effect once, however often it is sent. */
export interface KeyedRequest {
  readonly userId: UserId;
  /** What is done; keys of different operations have nothing to do with each other. */
  readonly operation: keyof typeof successOf;
  readonly key: string;
  /** What is asked; the same key with another content is refused. */
  readonly content: unknown;
  /** Stands in the body of a refusal. */
  readonly requestId: string;
}

/** The answer of the first request, or the same again. */
export interface OnceAnswer {
  readonly status: number;
  /** The body to the byte: JSON of the work's result, or of the refusal. */
  readonly text: string;
  readonly replayed: boolean;
}

/**
 * Does the work in one transaction together with the key's row, so that effect and answer are kept both or
 * neither. A refusal about the state of things (`stored` in the table of problems) undoes what the work has
 * written and is kept as well; every other error undoes everything and leaves the key unused.
 *
 * Statements: INSERT of the key (nobody waits for a running twin: an advisory lock tells), SAVEPOINT, the
 * work, UPDATE of the key. When the reply to COMMIT is lost, the key's row tells what became of it.
 *
 * @param work returns the body of the success
 * @throws Problem `request-in-progress`, `idempotency-key-reused`, and what the work throws and is not kept
 */
export async function runOnce(
  db: Db,
  request: KeyedRequest,
  options: TransactionOptions,
  work: (tx: Tx) => Promise<object>,
): Promise<OnceAnswer> {
  let written: string | undefined;
  const transaction = inTransaction(db, options, async (tx) => {
    written = undefined;
    const first = await takeKey(tx, request);
    if (!first) return replay(tx, request);
    const answer = await answerOf(tx, request, work);
    written = answer.text;
    await tx
      .updateTable('idempotency_keys')
      .set({ status: answer.status, body: answer.text })
      .where('user_id', '=', request.userId)
      .where('operation', '=', request.operation)
      .where('key', '=', request.key)
      .executeTakeFirstOrThrow();
    return { ...answer, replayed: false };
  });
  return transaction.catch(async (error: unknown) => {
    if (!(error instanceof CommitUnknownError)) throw error;
    const kept = await resolveOutcome(error, {
      isRunning: () => isRunning(db, request),
      read: () => callDatabase(() => replay(db, request)),
    });
    // Another request with this key may have come in between, and the answer be that one's.
    return { ...kept, replayed: kept.text !== written };
  });
}

/**
 * The answer that a key has already, for a request that would be refused if it came for the first time. Changes
 * nothing. One SELECT; when there is no answer, another statement to tell whether one is on its way.
 *
 * @returns undefined when the key is unused
 * @throws Problem `request-in-progress`, `idempotency-key-reused`
 * @throws DependencyError
 */
export async function recallAnswer(db: Db, request: KeyedRequest): Promise<OnceAnswer | undefined> {
  const kept = await callDatabase(() => findKept(db, request));
  if (kept !== undefined) return toReplay(kept, request);
  if (await isRunning(db, request)) throw inProgress();
  return undefined;
}

/**
 * Whether a transaction with this key is under way, anywhere. One statement, which looks for the key's lock in the
 * list of all: to try it would be to hold it for a moment, in which the request that is asked about is refused.
 *
 * @throws DependencyError
 */
export async function isRunning(db: Db, request: KeyedRequest): Promise<boolean> {
  // `pg_locks` tells a lock of one bigint by its halves, and by an objsubid of 1.
  const { rows } = await callDatabase(() =>
    sql<{ running: boolean }>`
      SELECT EXISTS (
        SELECT FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
        WHERE locktype = 'advisory' AND granted AND objsubid = 1 AND datname = current_database()
          AND (classid::bigint << 32) | objid::bigint = ${lockOf(request)}) AS running`.execute(db),
  );
  return rows[0]?.running === true;
}

async function takeKey(tx: Tx, request: KeyedRequest): Promise<boolean> {
  const { numAffectedRows } = await sql`
    INSERT INTO idempotency_keys (user_id, operation, key, request_hash)
    SELECT ${request.userId}, ${request.operation}, ${request.key}, ${hashOf(request)}
    WHERE ${tryLock(request)}
    ON CONFLICT (user_id, operation, key) DO NOTHING`.execute(tx);
  return numAffectedRows === 1n;
}

async function replay(tx: Db | Tx, request: KeyedRequest): Promise<OnceAnswer> {
  const kept = await findKept(tx, request);
  if (kept === undefined) throw inProgress();
  return toReplay(kept, request);
}

const findKept = (db: Db | Tx, request: KeyedRequest) =>
  db
    .selectFrom('idempotency_keys')
    .select(['request_hash', 'status', 'body'])
    .where('user_id', '=', request.userId)
    .where('operation', '=', request.operation)
    .where('key', '=', request.key)
    .executeTakeFirst();

type Kept = NonNullable<Awaited<ReturnType<typeof findKept>>>;

const inProgress = () => new Problem('request-in-progress', 'Send the same request again in a moment.');

function toReplay(kept: Kept, request: KeyedRequest): OnceAnswer {
  if (kept.status === null || kept.body === null) throw inProgress();
  if (kept.request_hash !== hashOf(request)) {
    throw new Problem('idempotency-key-reused', 'This key was sent with another request before.');
  }
  return { status: kept.status, text: kept.body, replayed: true };
}

async function answerOf(
  tx: Tx,
  { operation, requestId }: KeyedRequest,
  work: (tx: Tx) => Promise<object>,
): Promise<{ status: number; text: string }> {
  await sql`SAVEPOINT work`.execute(tx);
  try {
    return { status: successOf[operation], text: JSON.stringify(await work(tx)) };
  } catch (error) {
    if (!isProblem(error) || !problems[error.slug].stored) throw error;
    await sql`ROLLBACK TO SAVEPOINT work`.execute(tx);
    return { status: problems[error.slug].status, text: JSON.stringify(describeProblem(error, requestId)) };
  }
}

/** Held until the transaction ends. */
const tryLock = (request: KeyedRequest) => sql<boolean>`pg_try_advisory_xact_lock(${lockOf(request)})`;

/** Two keys with one hash would at worst be told to come again. */
const lockOf = ({ userId, operation, key }: KeyedRequest) =>
  sql<bigint>`hashtextextended(${`${operation} ${userId} ${key}`}, 0)`;

const hashOf = ({ content }: KeyedRequest) =>
  createHash('sha256').update(JSON.stringify(content)).digest('base64url');
