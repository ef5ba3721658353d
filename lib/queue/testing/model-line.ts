import { createHmac } from 'node:crypto';

/** Who waits in the model. */
export interface Waiter {
  readonly user: string;
  /** None when the user's lot decides. */
  readonly ticket: number | undefined;
  deadlineMs: number;
}

/** Ascending HMAC-SHA-256(seed, user), as the contract writes it. */
export function drawnOrder(seed: string, users: readonly string[]): string[] {
  const key = Buffer.from(seed, 'hex');
  const digestOf = (user: string) => createHmac('sha256', key).update(user).digest('hex');
  return users.toSorted((a, b) => compareText(digestOf(a), digestOf(b)));
}

export const compareText = (a: string, b: string) => (a < b ? -1 : Number(a > b));

/** Those who were drawn come first, as drawn; the others by ticket. */
export function lineOrder(waiters: readonly Waiter[], drawn: readonly string[]): Waiter[] {
  const lotted = waiters.filter(({ ticket }) => ticket === undefined);
  const others = waiters.filter(({ ticket }) => ticket !== undefined);
  return [
    ...lotted.toSorted((a, b) => drawn.indexOf(a.user) - drawn.indexOf(b.user)),
    ...others.toSorted((a, b) => (a.ticket ?? 0) - (b.ticket ?? 0)),
  ];
}
