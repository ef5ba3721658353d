import { beforeEach, describe, expect, test } from '@jest/globals';
import { createDatabase } from '../db/client.ts';
import { DependencyError } from '../errors.ts';
import type { UserId } from '../ids.ts';
import type { Lock } from '../lock/lock.ts';
import type { Hall } from '../performances/hall.ts';
import { seatLock as seatLockName } from '../redis/keys.ts';
import { admitUser, openHall, seatsOf } from '../testing/people.ts';
import { failureOf } from '../testing/race.ts';
import { useScene } from '../testing/scene.ts';
import { holdSeats } from './hold-seats.ts';

const scene = useScene();
const holdSeconds = 600;
/** How long a seat may be kept from others by somebody who dies before the hold is written. */
const unwrittenMs = 5_000;
let hall: Hall;
let user: UserId;

beforeEach(async () => {
  hall = await openHall(scene, { holdSeconds });
  user = await admitUser(scene, hall);
});

const lockEndsInMs = async () => {
  const [seat] = seatsOf(hall, 'A-1');
  if (seat === undefined) throw new Error('a seat was asked for');
  return scene.redis.pttl(seatLockName(hall.performanceId, seat));
};

describe('the locks of a hold', () => {
  test('last nearly as long as the hold, and never longer', async () => {
    const { hold } = await holdSeats(scene, { hall, userId: user, seatIds: seatsOf(hall, 'A-1') });
    const endsInMs = await lockEndsInMs();
    expect(endsInMs).toBeGreaterThan(unwrittenMs);
    expect(Date.now() + endsInMs).toBeLessThanOrEqual(Date.parse(hold.expiresAt) + 1);
  });

  test('end within seconds when the hold is never written, and nobody is left to give them back', async () => {
    const db = createDatabase({ url: 'postgres://nobody@127.0.0.1:1/none', poolMax: 1 });
    try {
      const seatIds = seatsOf(hall, 'A-1');
      const attempt = holdSeats(
        { db, redis: scene.redis, seatLock: dying(scene.seatLock) },
        { hall, userId: user, seatIds },
      );
      expect(await failureOf(attempt)).toBeInstanceOf(DependencyError);
      const endsInMs = await lockEndsInMs();
      // It is there: the control of the bound below it.
      expect(endsInMs).toBeGreaterThan(0);
      expect(endsInMs).toBeLessThanOrEqual(unwrittenMs);
    } finally {
      await db.destroy();
    }
  });
});

/** The lock of a process that is stopped after it has acquired it: it gives nothing back. */
function dying(lock: Lock): Lock {
  return {
    acquire: async (resources, options) => {
      const lease = await lock.acquire(resources, options);
      return new Proxy(lease, {
        get: (target, member) => {
          if (member === 'release') return () => Promise.resolve();
          const value: unknown = Reflect.get(target, member, target);
          return typeof value === 'function' ? value.bind(target) : value;
        },
      });
    },
    release: (resources, token) => lock.release(resources, token),
    extend: (resources, token, leaseMs) => lock.extend(resources, token, leaseMs),
    close: () => lock.close(),
  };
}
