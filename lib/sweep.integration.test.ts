import { beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { purgeOutbox } from './events/purge-outbox.ts';
import { purgeKeys } from './idempotency/purge-keys.ts';
import { enterQueue } from './queue/enter-queue.ts';
import { writeRoomNumber } from './queue/testing/write-room-number.ts';
import { createRedis } from './redis/client.ts';
import { queueKeys } from './redis/keys.ts';
import { sweep } from './sweep.ts';
import { admitUser, giveHold, letHoldExpire, newPerformance, newUser, openHall } from './testing/people.ts';
import { useScene } from './testing/scene.ts';

const scene = useScene();
const soon = () => performance.now() + 20_000;

beforeEach(async () => {
  const hall = await openHall(scene);
  const user = await admitUser(scene, hall);
  await letHoldExpire(scene, await giveHold(scene, hall, user, 'A-1', 'A-2'));
  await sql`
    INSERT INTO idempotency_keys (user_id, operation, key, request_hash, status, body, created_at)
    SELECT ${newUser()}, 'charge', n::text, '', 201, '', now() - interval '3 days'
    FROM generate_series(1, 1500) AS n`.execute(scene.db);
  await sql`
    INSERT INTO outbox (event_id, topic, key, payload, published_at)
    SELECT gen_random_uuid(), 't', 'k', '{}', now() - interval '3 days' FROM generate_series(1, 1500)`.execute(
    scene.db,
  );
});

const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();

/** Of three people the first was inside, for a time that is over; the second waits and is silent; the third waits. */
async function openFullLine() {
  const { waitingRoom } = newPerformance();
  const { performanceId } = await openHall(scene, { waitingRoom: { ...waitingRoom, capacity: 1 } });
  const [first, second, third] = [newUser(), newUser(), newUser()];
  const services = { ...scene, receiptKey: 'a key for the receipts of these tests' };
  for (const userId of [first, second, third]) await enterQueue(services, { performanceId, userId });
  const keys = queueKeys(performanceId);
  const past = Date.now() - 1_000;
  await scene.redis.zadd(keys.admitted, past, first);
  await scene.redis.zadd(keys.heartbeats, past, second);
  await writeRoomNumber(scene.redis, performanceId, 'dueAtMs', past);
  return { keys, third };
}

/** What a sweep should have put right. */
async function leftOver() {
  const { rows } = await sql<{ seats: number; keys: number; records: number }>`
    SELECT (SELECT count(*) FROM seats WHERE held_until <= now()) AS seats,
           (SELECT count(*) FROM idempotency_keys WHERE created_at < now() - interval '2 days') AS keys,
           (SELECT count(*) FROM outbox WHERE published_at < now() - interval '2 days') AS records`.execute(
    scene.db,
  );
  return rows[0];
}

describe('the sweep', () => {
  test('puts everything right that nobody asks for, however much it is', async () => {
    expect(await leftOver()).toEqual({ seats: 2, keys: 1_500, records: 1_500 });
    await sweep(scene, soon());
    expect(await leftOver()).toEqual({ seats: 0, keys: 0, records: 0 });
    await sweep(scene, soon());
  });

  test('does the rest when Redis is away', async () => {
    const redis = createRedis({ url: 'redis://127.0.0.1:1', cluster: false });
    try {
      await sweep({ db: scene.db, cache: async () => ({ redis }) }, soon());
    } finally {
      redis.disconnect();
    }
    expect(await leftOver()).toEqual({ seats: 0, keys: 0, records: 0 });
  });

  test('purges in steps of at most a thousand rows', async () => {
    expect([await purgeKeys(scene.db), await purgeKeys(scene.db), await purgeKeys(scene.db)]).toEqual([
      1_000, 500, 0,
    ]);
    expect([await purgeOutbox(scene.db), await purgeOutbox(scene.db), await purgeOutbox(scene.db)]).toEqual([
      1_000, 500, 0,
    ]);
    await sweep(scene, soon());
  });

  test('frees the places of the silent and of ended admissions in every open line, and lets the next in', async () => {
    const lines = [await openFullLine(), await openFullLine()];
    const early = await openHall(scene, { opensAt: inHours(1), startsAt: inHours(2) });
    await sweep(scene, soon());
    for (const { keys, third } of lines) {
      expect(await scene.redis.zrange(keys.admitted, '0', '-1')).toEqual([third]);
      expect(await scene.redis.zcard(keys.line)).toBe(0);
    }
    expect(await scene.redis.exists(queueKeys(early.performanceId).admitted)).toBe(0);
  });

  test('goes on with the other lines when one is not in Redis', async () => {
    const lost = await openFullLine();
    const { keys, third } = await openFullLine();
    await scene.redis.del(...Object.values(lost.keys));
    await sweep(scene, soon());
    expect(await scene.redis.zrange(keys.admitted, '0', '-1')).toEqual([third]);
    expect(await scene.redis.exists(...Object.values(lost.keys))).toBe(0);
  });

  test('begins nothing after its deadline', async () => {
    await sweep(scene, performance.now() - 1);
    expect(await leftOver()).toEqual({ seats: 2, keys: 1_500, records: 1_500 });
    await sweep(scene, soon());
  });
});
