/** What the estimate is made of; all of it belongs to the same moment. */
export interface WaitFactors {
  /** Those still waiting in front. */
  readonly ahead: number;
  /** Until admission may begin: the opening, or the end of the pause after a loss; 0 when it may now. */
  readonly beginsInMs: number;
  /** Admitted at this moment. */
  readonly inside: number;
  readonly capacity: number;
  readonly admitPerSecond: number;
  readonly admissionMs: number;
}

/**
 * How long until the turn of somebody with `ahead` people in front, in whole seconds, at least 1.
 *
 * Two things hold people back, the slower one decides: the rate, and the room inside, which beyond its free
 * places turns over once in `admissionMs`. Nobody is expected to leave early, so it errs to the long side.
 */
export function estimateWaitSeconds(factors: WaitFactors): number {
  const position = factors.ahead + 1;
  const byRateMs = (position * 1_000) / factors.admitPerSecond;
  const beyondFreePlaces = Math.max(position - (factors.capacity - factors.inside), 0);
  const byCapacityMs = (beyondFreePlaces * factors.admissionMs) / factors.capacity;
  return Math.max(Math.ceil((factors.beginsInMs + Math.max(byRateMs, byCapacityMs)) / 1_000), 1);
}

/**
 * When to ask again, in whole seconds: a quarter of the way to the front, so that the polls grow denser as the
 * turn comes near; at least 1 and at most a third of the heartbeat, so that one lost poll does not cost the place.
 */
export function choosePollSeconds(waitSeconds: number, heartbeatMs: number): number {
  const longestSeconds = Math.floor(heartbeatMs / 3_000);
  return Math.max(Math.min(Math.ceil(waitSeconds / 4), longestSeconds), 1);
}
