import type { PerformanceId } from '../../ids.ts';
import type { RedisClient } from '../../redis/client.ts';
import { queueKeys } from '../../redis/keys.ts';
import { offsetOf, type RoomNumber } from '../room-numbers.ts';

/** Sets one number of a room past the scripts, while nobody else changes the room. */
export async function writeRoomNumber(
  redis: RedisClient,
  performanceId: PerformanceId,
  name: RoomNumber,
  value: number,
): Promise<void> {
  const { room } = queueKeys(performanceId);
  const packed = await redis.hgetBuffer(room, 'numbers');
  if (packed === null) throw new Error(`${performanceId} has no room`);
  packed.writeDoubleLE(value, offsetOf(name));
  await redis.hset(room, 'numbers', packed);
}
