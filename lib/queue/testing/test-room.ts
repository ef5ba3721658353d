import { randomUUID } from 'node:crypto';
import type { Db } from '../../db/client.ts';
import type { PerformanceId, Points, UserId } from '../../ids.ts';
import type { RedisClient } from '../../redis/client.ts';
import type { Place } from '../place.ts';
import { TestClock } from './test-clock.ts';

/** The settings that a test may choose, in seconds as in Postgres. */
export interface RoomSettings {
  readonly capacity: number;
  readonly admitPerSecond: number;
  readonly admissionSeconds: number;
  readonly heartbeatSeconds: number;
  /** From now. */
  readonly opensInMs: number;
  readonly paused: boolean;
  /** In hex: with a seed there is a draw. */
  readonly drawSeed: string | null;
}

export const usualSettings: RoomSettings = {
  capacity: 10,
  admitPerSecond: 10,
  admissionSeconds: 60,
  heartbeatSeconds: 30,
  opensInMs: 0,
  paused: false,
  drawSeed: null,
};

/** Writes a performance with this waiting room; `nowMs` is the test's time. */
export async function createPerformance(
  db: Db,
  settings: Partial<RoomSettings> = {},
  nowMs: number = Date.now(),
): Promise<PerformanceId> {
  const { opensInMs, ...room } = { ...usualSettings, ...settings };
  // Ids are branded strings: a test makes its own.
  const performanceId = `performance-${randomUUID()}` as PerformanceId;
  await db
    .insertInto('performances')
    .values({
      performance_id: performanceId,
      name: 'a test',
      opens_at: new Date(nowMs + opensInMs),
      starts_at: new Date(nowMs + opensInMs + 86_400_000),
      row_count: 1,
      seats_per_row: 1,
      price: 0 as Points,
      capacity: room.capacity,
      admit_per_second: room.admitPerSecond,
      admission_seconds: room.admissionSeconds,
      heartbeat_seconds: room.heartbeatSeconds,
      paused: room.paused,
      draw: room.drawSeed !== null,
      draw_seed: room.drawSeed,
      hold_seconds: 60,
      max_seats_per_user: 4,
    })
    .executeTakeFirstOrThrow();
  return performanceId;
}

/** A performance and its clock, which stands still at the present until a test moves it. */
export async function createClockedPerformance(
  db: Db,
  redis: RedisClient,
  settings: Partial<RoomSettings> = {},
): Promise<{ performanceId: PerformanceId; clock: TestClock }> {
  const nowMs = Date.now();
  const performanceId = await createPerformance(db, settings, nowMs);
  const clock = new TestClock(redis, performanceId, nowMs);
  await clock.show();
  return { performanceId, clock };
}

/** The ticket of a place that has one. */
export function ticketOf({ ticket }: Place): number {
  if (ticket === null) throw new Error('no ticket before the draw');
  return ticket;
}

/** user-1, user-2 … */
export const userNumbered = (number: number) => `user-${number}` as UserId;

/** The first `count` users. */
export const crowdOf = (count: number): UserId[] =>
  Array.from({ length: count }, (_, index) => userNumbered(index + 1));
