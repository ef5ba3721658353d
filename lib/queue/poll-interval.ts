/** How many polls a second all who wait for one performance may make together. */
export const defaultPollsPerSecond = 10_000;

/** What the next poll hangs on; all of it belongs to the same moment. */
export interface PollFactors {
  /** From 1: the first in line; the last one's when it is not known. */
  readonly position: number;
  /** In the whole line. */
  readonly waiting: number;
  readonly waitSeconds: number;
  readonly heartbeatMs: number;
  readonly pollsPerSecond: number;
}

/**
 * When to ask again, in whole seconds, at least 1. The longer of two:
 *
 * - A quarter of the way to the front, so that the polls grow denser as the turn comes near; a third of the heartbeat at
 *   most, so that one lost poll does not cost the place.
 * - What keeps the line as a whole within its budget B of polls a second, however long it is: at position p of W
 *   min(2 W, 2 p (1 + ln W)) / B seconds. The first term has everybody take an equal share of half the budget; the second
 *   lets those in front ask sooner, and the sum of 1/p up to W is at most 1 + ln W: the other half. Times 1 to 2 by
 *   chance, so that those who came in one second do not ask in one second either.
 *
 * The budget may ask for more patience than the heartbeat has. Then the place is kept for longer: `hear-waiter.lua`
 * adds nothing to the heartbeat up to B × heartbeat / 8 people, and beyond keeps a place for 8 W / B seconds, which is
 * twice the longest time that anybody is told here.
 *
 * @param chance evenly from 0 to 1
 */
export function choosePollSeconds(factors: PollFactors, chance: number = Math.random()): number {
  const { position, waiting, waitSeconds, heartbeatMs, pollsPerSecond } = factors;
  const byTurn = Math.min(Math.ceil(waitSeconds / 4), Math.floor(heartbeatMs / 3_000));
  const shares = Math.min(waiting, position * (1 + Math.log(Math.max(waiting, 1))));
  const byBudget = Math.ceil(((2 * shares) / pollsPerSecond) * (1 + chance));
  return Math.max(byTurn, byBudget, 1);
}
