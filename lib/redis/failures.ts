import type { RedisClient } from './client.ts';

/** What a client has seen of a time in which Redis was out of reach, or unable to serve; by `performance.now()`. */
export interface Outage {
  /** The first command that failed. */
  readonly beganMs: number;
  /** The first that was served again; `Infinity` while there was none. */
  readonly endedMs: number;
}

const outages = new WeakMap<RedisClient, Outage>();

/** A command of this client has found Redis out of reach, or unable to serve. */
export function noteFailure(redis: RedisClient): void {
  if (outages.get(redis)?.endedMs === Number.POSITIVE_INFINITY) return;
  outages.set(redis, { beganMs: performance.now(), endedMs: Number.POSITIVE_INFINITY });
}

/** A command was served. */
export function noteSuccess(redis: RedisClient): void {
  const outage = outages.get(redis);
  if (outage?.endedMs !== Number.POSITIVE_INFINITY) return;
  outages.set(redis, { ...outage, endedMs: performance.now() });
}

/** The last outage, or the one that is still going on. */
export const lastOutage = (redis: RedisClient): Outage | undefined => outages.get(redis);
