import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { enterQueue } from './enter-queue.ts';
import { readPlace } from './read-place.ts';
import type { ScriptEdit } from './testing/edited-redis.ts';
import { openQueueServices, type QueueServices } from './testing/queue-services.ts';
import { createClockedPerformance, crowdOf, userNumbered } from './testing/test-room.ts';

let services: QueueServices;
beforeAll(async () => {
  services = await openQueueServices();
}, 60_000);
afterAll(() => services.close());

const people = 40;

/** Forty people and one poll a second for all of them, which is far less than a heartbeat of 5 s asks for. */
async function openRoom(pollsPerSecond: number, edit?: ScriptEdit) {
  const { db, receiptKey } = services;
  const redis = services.connect(edit);
  const { performanceId, clock } = await createClockedPerformance(db, redis, {
    ...{ heartbeatSeconds: 5, paused: true },
  });
  const all = { redis, db, receiptKey, pollsPerSecond };
  for (const userId of crowdOf(people)) await enterQueue(all, { performanceId, userId });
  return {
    clock,
    poll: (number: number) => readPlace(all, { performanceId, userId: userNumbered(number) }),
  };
}

/** Whether the last in line keeps the place who comes just when told. */
async function keepsThePlace(edit?: ScriptEdit): Promise<boolean> {
  const room = await openRoom(1, edit);
  const { pollAfterSeconds } = await room.poll(people);
  await room.clock.advanceMs(pollAfterSeconds * 1_000);
  return room.poll(people).then(
    ({ status }) => pollAfterSeconds >= 2 * people && status === 'waiting',
    () => false,
  );
}

describe('a budget that asks for more patience than the heartbeat has', () => {
  test('costs nobody the place who comes when told', async () => {
    expect(await keepsThePlace()).toBe(true);
  });

  test('which the heartbeat alone would', async () => {
    const heartbeatAlone: ScriptEdit = (source) => source.replace('+ keptMs', '+ heartbeatMs');
    expect(await keepsThePlace(heartbeatAlone)).toBe(false);
  });

  test('keeps a place for 8 W / B seconds and no longer', async () => {
    const room = await openRoom(1);
    await room.poll(1);
    await room.clock.advanceMs(8_000 * people - 1);
    expect(await room.poll(1)).toMatchObject({ status: 'waiting' });
    // Everybody else came before the first one's poll, and is gone with the next ms: one is left.
    await room.clock.advanceMs(1);
    await expect(room.poll(2)).rejects.toMatchObject({ slug: 'not-in-queue' });
  });
});

test('within the budget a place is lost with the heartbeat, to the millisecond', async () => {
  const room = await openRoom(10_000);
  await room.clock.advanceMs(4_999);
  await room.poll(2);
  await room.clock.advanceMs(1);
  await expect(room.poll(1)).rejects.toMatchObject({ slug: 'not-in-queue' });
  expect((await room.poll(2)).status).toBe('waiting');
});
