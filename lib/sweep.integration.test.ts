import { beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { purgeOutbox } from './events/purge-outbox.ts';
import { purgeKeys } from './idempotency/purge-keys.ts';
import { createRedis } from './redis/client.ts';
import { sweep } from './sweep.ts';
import { admitUser, giveHold, letHoldExpire, newUser, openHall } from './testing/people.ts';
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

  test('begins nothing after its deadline', async () => {
    await sweep(scene, performance.now() - 1);
    expect(await leftOver()).toEqual({ seats: 2, keys: 1_500, records: 1_500 });
    await sweep(scene, soon());
  });
});
