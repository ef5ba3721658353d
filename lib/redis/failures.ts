import type { RedisClient } from './client.ts';

/** What a client has seen of a time in which Redis was out of reach, or unable to serve; by `performance.now()`. */
export interface Outage {
  /** The first command that failed, */
  readonly beganMs: number;
  /** and the last so far: what was not tried proves nothing. */
  readonly lastFailedMs: number;
  /** A command was served since. */
  readonly isOver: boolean;
}

/** A process that asked nothing for longer does not know that the outage went on. */
const longestSilenceMs = 5_000;

const outages = new WeakMap<RedisClient, Outage>();

/** A command of this client has found Redis out of reach, or unable to serve. */
export function noteFailure(redis: RedisClient): void {
  const nowMs = performance.now();
  const known = outages.get(redis);
  const goesOn = known !== undefined && !known.isOver && nowMs - known.lastFailedMs <= longestSilenceMs;
  outages.set(redis, { beganMs: goesOn ? known.beganMs : nowMs, lastFailedMs: nowMs, isOver: false });
}

/** A command was served. */
export function noteSuccess(redis: RedisClient): void {
  const outage = outages.get(redis);
  if (outage !== undefined && !outage.isOver) outages.set(redis, { ...outage, isOver: true });
}

/** The last outage, or the one that is still going on. */
export const lastOutage = (redis: RedisClient): Outage | undefined => outages.get(redis);
