import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { UserId } from '../ids.ts';
import { queueKeys } from '../redis/keys.ts';
import { enterQueue } from './enter-queue.ts';
import { leaveQueue } from './leave-queue.ts';
import { readPlace } from './read-place.ts';
import { readQueue } from './read-queue.ts';
import type { ScriptEdit } from './testing/edited-redis.ts';
import { openQueueServices, type QueueServices } from './testing/queue-services.ts';
import { createClockedPerformance, crowdOf } from './testing/test-room.ts';
import { writeRoomNumber } from './testing/write-room-number.ts';

let services: QueueServices;
beforeAll(async () => {
  services = await openQueueServices();
}, 60_000);
afterAll(() => services.close());

/** Two are drawn; the second leaves, comes back, and goes in together with the first, the neighbour among the lots. */
async function ticketInside(edit?: ScriptEdit): Promise<number | null> {
  const { db, receiptKey } = services;
  const redis = services.connect(edit);
  const settings = { opensInMs: 60_000, drawSeed: '5eed'.repeat(16), paused: true, capacity: 2 };
  const { performanceId, clock } = await createClockedPerformance(db, redis, settings);
  const all = { redis, db, receiptKey };
  for (const userId of crowdOf(2)) await enterQueue(all, { performanceId, userId });
  await clock.advanceMs(60_000);
  const [second = ''] = await redis.zrange(queueKeys(performanceId).lots, '1', '1');
  // The members of this key are the users.
  const user = { performanceId, userId: second as UserId };
  await leaveQueue(all, user);
  expect((await enterQueue(all, user)).place).toMatchObject({ ticket: 3, ahead: 1 });
  await writeRoomNumber(redis, performanceId, 'paused', 0);
  await readQueue(all, performanceId);
  const { status, ticket } = await readPlace(all, user);
  expect(status).toBe('admitted');
  return ticket;
}

test('who gave up a drawn place and comes back goes in with the new ticket', async () => {
  expect(await ticketInside()).toBe(3);
});

test('and not with that of the lot, which is still among the lots', async () => {
  const byLot: ScriptEdit = (source) => source.replace('tonumber(score) < 1 and drawn[user]', 'drawn[user]');
  expect(await ticketInside(byLot)).toBe(2);
});
