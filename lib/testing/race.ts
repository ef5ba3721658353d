import { isProblem, type Problem } from '../errors.ts';

/** What came of attempts that were made at once. */
export interface Outcome<T> {
  readonly results: readonly T[];
  readonly refusals: readonly Problem[];
}

/**
 * Makes all attempts at once.
 *
 * @throws what the first attempt threw that was neither a result nor a refusal
 */
export async function race<T>(attempts: readonly (() => Promise<T>)[]): Promise<Outcome<T>> {
  const settled = await Promise.allSettled(attempts.map((attempt) => attempt()));
  const results: T[] = [];
  const refusals: Problem[] = [];
  for (const each of settled) {
    if (each.status === 'fulfilled') results.push(each.value);
    else if (isProblem(each.reason)) refusals.push(each.reason);
    else throw each.reason;
  }
  return { results, refusals };
}

/** The same attempt so many times. */
export const times = <T>(count: number, attempt: (index: number) => Promise<T>) =>
  Array.from({ length: count }, (_, index) => () => attempt(index));

/** The refusal that something ends in; fails when it ends otherwise. */
export async function refusalOf(attempt: Promise<unknown>): Promise<Problem> {
  const reason: unknown = await attempt.then(
    (result) => new Error(`was not refused: ${JSON.stringify(result)}`),
    (error: unknown) => error,
  );
  if (!isProblem(reason)) throw reason;
  return reason;
}

/** What something throws; fails when it does not. */
export async function failureOf(attempt: Promise<unknown>): Promise<unknown> {
  const result = await attempt.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ('value' in result) throw new Error(`did not fail: ${JSON.stringify(result.value)}`);
  return result.error;
}
