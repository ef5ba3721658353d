import { types } from 'node:util';
import { DatabaseError } from 'pg';
import { DependencyError } from '../errors.ts';

/** A statement was refused with this SQLSTATE (PostgreSQL, appendix A). */
export function hasSqlState(error: unknown, ...states: readonly string[]): boolean {
  return error instanceof DatabaseError && states.includes(error.code ?? '');
}

/** Classes of SQLSTATE with which a server says that it cannot serve now, though the statement is in order. */
const temporaryClasses = [
  '08',
  '53',
  '57',
  '58',
  '25P03',
  '25P04',
  '55P03',
  '40001',
  '40P01',
  '28P01',
  '3D000',
];

/**
 * Runs statements and gives every failure of the service the same type: connections refused, lost or timed
 * out, and statements that the server could not serve in time. A statement that is wrong passes unchanged.
 *
 * @throws DependencyError
 */
export async function callDatabase<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isUnavailable(error)) throw new DependencyError('postgres', error);
    throw error;
  }
}

/** What `pg` says, in words alone, when a connection or an answer is not to be had. */
const lostConnection =
  /^(Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error|Client was closed|read E|write E)/;

/** Codes of the network; an error of several addresses at once carries nothing else. */
const lostCode = /^(ECONN|ETIMEDOUT|EHOST|ENET|ENOTFOUND|EAI_|EPIPE|EADDR)/;

/** Postgres cannot serve now: it says so itself, or there is no connection. */
export function isUnavailable(error: unknown): boolean {
  return error instanceof DatabaseError
    ? temporaryClasses.some((state) => error.code?.startsWith(state))
    : isLostConnection(error);
}

/** There was no connection, or none any more: what the server made of the last statement was not heard. */
export function isLostConnection(error: unknown): boolean {
  if (error instanceof DatabaseError) return false;
  // Not `instanceof`: an error of Node's own may be of another realm, as it is under Jest.
  if (!types.isNativeError(error)) return false;
  return lostConnection.test(error.message) || ('code' in error && lostCode.test(String(error.code)));
}
