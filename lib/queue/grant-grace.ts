import { readFileSync } from 'node:fs';
import type { PerformanceId } from '../ids.ts';
import type { RedisClient } from '../redis/client.ts';
import { lastOutage, type Outage } from '../redis/failures.ts';
import { defineScript } from '../redis/script.ts';
import { roomKeys, roomScript } from './room-script.ts';

const source = readFileSync(new URL('./grant-grace.lua', import.meta.url), 'utf8');

const grant = defineScript(roomScript(source), (reply) => reply === 1);

/**
 * Spares a line whose people could not be heard because Redis was out of reach: nobody loses the place for silence, and
 * nobody is admitted, for min(heartbeat, 30 s). Only where a tenth of the line or more is overdue: of a line that others
 * could reach all the time hardly anybody is. One `EVALSHA`.
 *
 * @returns whether the grace began with this call
 * @throws DependencyError Redis is out of reach
 */
export const grantGrace = (redis: RedisClient, performanceId: PerformanceId): Promise<boolean> =>
  grant(redis, roomKeys(performanceId), []);

/** A shorter outage leaves everybody time to ask again: two thirds of the heartbeat at least, which is 5 s or more. */
const leastOutageMs = 3_000;
/** After the last failure. No longer than the shortest grace: what is known must not begin another one after it. */
const rememberMs = 5_000;

/** The lines for which grace was asked since an outage began. */
interface Asked {
  readonly beganMs: Outage['beganMs'];
  readonly lines: Map<PerformanceId, Promise<boolean>>;
}

const askedOf = new WeakMap<RedisClient, Asked>();

/**
 * Asks for grace before the first command to a line after an outage that this process has seen; who has seen none leaves it
 * to the others. Nothing in Redis tells an outage from a line whose people have all gone.
 *
 * @throws DependencyError Redis is still out of reach
 */
export function graceAfterOutage(
  redis: RedisClient,
  performanceId: PerformanceId,
): Promise<boolean> | undefined {
  const outage = lastOutage(redis);
  if (outage === undefined) return undefined;
  const { beganMs, lastFailedMs } = outage;
  const isFresh = performance.now() - lastFailedMs <= rememberMs;
  if (!isFresh || lastFailedMs - beganMs < leastOutageMs) return undefined;
  const known = askedOf.get(redis);
  const asked = known?.beganMs === beganMs ? known : { beganMs, lines: new Map() };
  askedOf.set(redis, asked);
  return asked.lines.get(performanceId) ?? ask(asked.lines, redis, performanceId);
}

function ask(lines: Asked['lines'], redis: RedisClient, performanceId: PerformanceId): Promise<boolean> {
  const asking = grantGrace(redis, performanceId);
  lines.set(performanceId, asking);
  // In vain: the next command asks again.
  asking.catch(() => lines.delete(performanceId));
  return asking;
}
