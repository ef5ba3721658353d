import { beforeEach, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import type { Hall } from '../../lib/performances/hall.ts';
import { readRoomNumber } from '../../lib/queue/room-numbers.ts';
import { writeRoomNumber } from '../../lib/queue/testing/write-room-number.ts';
import { seatLock } from '../../lib/redis/keys.ts';
import { holdSeats } from '../../lib/seats/hold-seats.ts';
import { releaseHold } from '../../lib/seats/release-hold.ts';
import {
  admitUser,
  admitUsers,
  giveHold,
  letHoldExpire,
  openHall,
  seatId,
  seatsOf,
} from '../../lib/testing/people.ts';
import { refusalOf } from '../../lib/testing/race.ts';
import { useScene } from '../../lib/testing/scene.ts';
import { rebuildRedis } from './rebuild-redis.ts';

const scene = useScene();
let hall: Hall;
beforeEach(async () => {
  // Other performances of this file have begun, and their holds are over.
  await sql`UPDATE performances SET opens_at = now() - interval '2 hours', starts_at = now() - interval '1 hour'`.execute(
    scene.db,
  );
  await sql`UPDATE seats SET status = 'available', hold_id = NULL, held_until = NULL WHERE status = 'held'`.execute(
    scene.db,
  );
  hall = await openHall(scene);
});

const lockOf = (place: string) => seatLock(hall.performanceId, seatId(`${hall.performanceId}:${place}`));

async function locks() {
  const places = ['A-1', 'A-2', 'A-3', 'A-4', 'B-1'];
  const held = await Promise.all(places.map((place) => scene.redis.get(lockOf(place))));
  return Object.fromEntries(places.flatMap((place, index) => (held[index] ? [[place, held[index]]] : [])));
}

test('what a flush has taken comes back: the locks of live holds for the time that is left, and the line', async () => {
  const [first, second, third] = await admitUsers(scene, hall, 3);
  if (first === undefined || second === undefined || third === undefined) throw new Error('three people');
  const hold = await giveHold(scene, hall, first, 'A-1', 'A-2');
  await letHoldExpire(scene, await giveHold(scene, hall, second, 'A-3'));
  await releaseHold(scene, third, (await giveHold(scene, hall, third, 'A-4')).holdId);
  const before = await locks();
  expect(before).toEqual({ 'A-1': hold.holdId, 'A-2': hold.holdId });
  await scene.redis.flushdb();
  expect(await locks()).toEqual({});

  expect(await rebuildRedis(scene.db, scene.redis)).toEqual({ locks: 2, lines: 1, contended: 0 });
  expect(await locks()).toEqual(before);
  const leftMs = new Date(hold.expiresAt).getTime() - Date.now();
  const leaseMs = await scene.redis.pttl(lockOf('A-1'));
  expect(Math.abs(leaseMs - leftMs)).toBeLessThan(1_000);
  expect(await readRoomNumber(scene.redis, hall.performanceId, 'capacity')).toBe(10_000);
  expect(await rebuildRedis(scene.db, scene.redis)).toEqual({ locks: 0, lines: 0, contended: 0 });

  // The lock is the hold's again: others are turned away by it, and its release frees it.
  await releaseHold(scene, first, hold.holdId);
  expect(await locks()).toEqual({});
});

test('a lock that is there is left as it is, a longer one too', async () => {
  const hold = await giveHold(scene, hall, await admitUser(scene, hall), 'A-1');
  await scene.redis.pexpire(lockOf('A-1'), 3_000_000);
  await rebuildRedis(scene.db, scene.redis);
  expect(await scene.redis.get(lockOf('A-1'))).toBe(hold.holdId);
  expect(await scene.redis.pttl(lockOf('A-1'))).toBeGreaterThan(2_900_000);
});

test('a lock in other hands is not taken from them, and is put back once it is free', async () => {
  const hold = await giveHold(scene, hall, await admitUser(scene, hall), 'A-1');
  await scene.redis.set(lockOf('A-1'), 'a request of this moment', 'PX', 1_500);
  const rebuilding = rebuildRedis(scene.db, scene.redis);
  expect(await scene.redis.get(lockOf('A-1'))).toBe('a request of this moment');
  expect(await rebuilding).toMatchObject({ locks: 1, contended: 0 });
  expect(await scene.redis.get(lockOf('A-1'))).toBe(hold.holdId);
});

test('after it, nobody else is given a held seat, and fences go on growing', async () => {
  const user = await admitUser(scene, hall);
  const hold = await giveHold(scene, hall, user, 'A-1');
  await scene.redis.flushdb();
  await rebuildRedis(scene.db, scene.redis);
  // After a loss nobody is admitted for a while; a test does not wait for it.
  await writeRoomNumber(scene.redis, hall.performanceId, 'resumeAtMs', 0);
  const request = { hall, userId: await admitUser(scene, hall), seatIds: seatsOf(hall, 'A-1') };
  expect((await refusalOf(holdSeats(scene, request))).slug).toBe('seat-unavailable');
  await releaseHold(scene, user, hold.holdId);
  const { hold: next } = await holdSeats(scene, request);
  expect(next.fence).toBeGreaterThan(hold.fence);
});
