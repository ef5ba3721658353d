import type { PerformanceId } from '../ids.ts';
import type { RedisClient } from '../redis/client.ts';
import { queueKeys } from '../redis/keys.ts';
import { callRedis } from '../redis/script.ts';

/**
 * The settings and the state of a room in the order in which `room.lua` unpacks and `closing.lua` packs them, each a
 * double with the little end first.
 */
export const roomNumbers = [
  'open',
  'epoch',
  'capacity',
  'admitPerSecond',
  'admissionMs',
  'heartbeatMs',
  'opensAtMs',
  'paused',
  'resumeAtMs',
  'microTokens',
  'filledAtUs',
  'nowServing',
  'expireAtMs',
  'draw',
  'stayMs',
  'stays',
  'dueAtMs',
] as const;

/** Of a double, in a room and in a reply. */
export const bytesEach = 8;

export type RoomNumber = (typeof roomNumbers)[number];

/** Where a number begins in the packed bytes. */
export const offsetOf = (name: RoomNumber) => roomNumbers.indexOf(name) * bytesEach;

/**
 * One number of a room; undefined when there is no room. One `HGET`.
 *
 * @throws DependencyError Redis is out of reach
 */
export async function readRoomNumber(
  redis: RedisClient,
  performanceId: PerformanceId,
  name: RoomNumber,
): Promise<number | undefined> {
  const packed = await callRedis(redis, () => redis.hgetBuffer(queueKeys(performanceId).room, 'numbers'));
  return packed?.readDoubleLE(offsetOf(name));
}
