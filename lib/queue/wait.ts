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
  /** How long an admission lasts until the place inside is free again, measured on those that ended lately. */
  readonly stayMs: number;
}

/**
 * How long until the turn of somebody with `ahead` people in front, in whole seconds, at least 1.
 *
 * Two things hold people back, the slower one decides: the rate, and the room inside, which beyond its free places
 * admits as many as go, i.e. `capacity` in the time that an admission has lasted on average. Nobody is expected to
 * give up in front: where many do, the turn comes earlier. How far off it was is measured in
 * `estimated-wait.integration.test.ts`.
 */
export function estimateWaitSeconds(factors: WaitFactors): number {
  const position = factors.ahead + 1;
  const byRateMs = (position * 1_000) / factors.admitPerSecond;
  const beyondFreePlaces = Math.max(position - (factors.capacity - factors.inside), 0);
  const byCapacityMs = (beyondFreePlaces * factors.stayMs) / factors.capacity;
  return Math.max(Math.ceil((factors.beginsInMs + Math.max(byRateMs, byCapacityMs)) / 1_000), 1);
}
