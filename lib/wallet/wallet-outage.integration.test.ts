import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import type { FaultProxy } from '../../test/contract/fault-proxy.ts';
import { createDatabase, type Db } from '../db/client.ts';
import { DependencyError } from '../errors.ts';
import type { UserId } from '../ids.ts';
import { createLock } from '../lock/create-lock.ts';
import type { Lease, Lock } from '../lock/lock.ts';
import { createRedis, type RedisClient } from '../redis/client.ts';
import { walletLock as walletLockName } from '../redis/keys.ts';
import { payHold } from '../reservations/pay-hold.ts';
import { admitUser, giveHold, givePoints, newKey, newUser, openHall, points } from '../testing/people.ts';
import { proxied } from '../testing/proxied.ts';
import { failureOf } from '../testing/race.ts';
import { useScene } from '../testing/scene.ts';
import { chargeWallet } from './charge-wallet.ts';
import { readWallet } from './read-wallet.ts';

/** What a request has before it is answered 503. */
const answerWithinMs = 2_700;

const scene = useScene();
let toPostgres: FaultProxy;
let toRedis: FaultProxy;
let db: Db;
let redis: RedisClient;
let walletLock: Lock;

beforeEach(async () => {
  const [postgresWay, redisWay] = [await proxied(scene.databaseUrl), await proxied(scene.redisUrl)];
  [toPostgres, toRedis] = [postgresWay.proxy, redisWay.proxy];
  db = createDatabase({ url: postgresWay.url, poolMax: 4 });
  redis = createRedis({ url: redisWay.url, cluster: false });
  walletLock = createLock('pubsub', redis);
});
afterEach(async () => {
  await toPostgres.close();
  await toRedis.close();
  await walletLock.close();
  redis.disconnect();
  await db.destroy();
});

const charge = (userId = newUser(), idempotencyKey = newKey()) =>
  chargeWallet({ db, walletLock }, { userId, amountPoints: points(10), idempotencyKey, requestId: 'r' });

async function timed<T>(work: Promise<T>): Promise<T> {
  const beganAtMs = performance.now();
  const result = await work;
  expect(performance.now() - beganAtMs).toBeLessThan(answerWithinMs);
  return result;
}

describe('money moves on when Redis', () => {
  for (const kind of ['refuse', 'black-hole', 'lose-replies'] as const) {
    test(`does this: ${kind}; charge and payment, in time`, async () => {
      await charge();
      const hall = await openHall(scene);
      const user = await admitUser(scene, hall);
      await givePoints(scene, user, 1_000);
      const { holdId } = await giveHold(scene, hall, user, 'A-1');
      await toRedis.set({ kind });
      expect((await timed(charge(user))).status).toBe(201);
      const payment = { userId: user, holdId, idempotencyKey: newKey(), requestId: 'r' };
      expect((await timed(payHold({ db, redis, walletLock }, payment))).status).toBe(201);
      expect(await readWallet(scene.db, user)).toEqual({ balance: 910 });
      await toRedis.set({ kind: 'none' });
      expect((await charge(user)).status).toBe(201);
    }, 20_000);
  }
});

describe('Postgres away', () => {
  test.each(['refuse', 'black-hole'] as const)(
    '%s: a DependencyError, and the same key later is one charge',
    async (kind) => {
      const [user, key] = [newUser(), newKey()];
      await charge();
      await toPostgres.set({ kind });
      await expect(failureOf(charge(user, key))).resolves.toBeInstanceOf(DependencyError);
      await toPostgres.set({ kind: 'none' });
      expect((await charge(user, key)).status).toBe(201);
      expect((await charge(user, key)).replayed).toBe(true);
      expect(await readWallet(scene.db, user)).toEqual({ balance: 10 });
    },
    20_000,
  );

  test('the reply to COMMIT is lost: the first answer all the same, in time, and again to the same key', async () => {
    const [user, key] = [newUser(), newKey()];
    await charge();
    const lost = toPostgres.loseReplyTo(/commit/i);
    const first = await timed(charge(user, key));
    await lost;
    expect(first).toMatchObject({ status: 201, replayed: false });
    expect(await charge(user, key)).toEqual({ ...first, replayed: true });
    expect(await readWallet(scene.db, user)).toEqual({ balance: 10 });
  });

  test('also while somebody else has the lock', async () => {
    const user = newUser();
    await charge();
    const lease = await scene.walletLock.acquire([walletLockName(user)], { leaseMs: 10_000, waitMs: 0 });
    await toPostgres.set({ kind: 'refuse' });
    await expect(failureOf(charge(user))).resolves.toBeInstanceOf(DependencyError);
    await lease.release();
  });
});

describe('a wallet whose lock nobody gives back', () => {
  let user: UserId;
  let lease: Lease;
  beforeEach(async () => {
    user = newUser();
    await charge(user);
    lease = await scene.walletLock.acquire([walletLockName(user)], { leaseMs: 10_000, waitMs: 0 });
  });
  afterEach(() => lease.release());

  test('is changed under its row alone, in time', async () => {
    expect(await timed(charge(user))).toMatchObject({ status: 201, replayed: false });
    expect(await readWallet(scene.db, user)).toEqual({ balance: 20 });
  });

  test('and whose row somebody has: come again, and nothing was done', async () => {
    await scene.db.transaction().execute(async (tx) => {
      await sql`SELECT FROM wallets WHERE user_id = ${user} FOR UPDATE`.execute(tx);
      await expect(timed(failureOf(charge(user)))).resolves.toBeInstanceOf(DependencyError);
    });
    expect(await readWallet(scene.db, user)).toEqual({ balance: 10 });
    expect((await charge(user)).status).toBe(201);
  });
});
