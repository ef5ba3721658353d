import { beforeEach, describe, expect, test } from '@jest/globals';
import { DependencyError } from '../errors.ts';
import type { Lock } from '../lock/lock.ts';
import type { Hall } from '../performances/hall.ts';
import { cancelReservation } from '../reservations/cancel-reservation.ts';
import { readSeatMap } from '../seats/read-seat-map.ts';
import { releaseHold } from '../seats/release-hold.ts';
import { absentLock } from '../testing/locks.ts';
import { admitUser, giveHold, holdId, openHall, seatsOf } from '../testing/people.ts';
import { buySeats } from '../testing/purchase.ts';
import { useScene } from '../testing/scene.ts';
import { eventsOf, madeUpEvent } from '../testing/stories.ts';
import { consumeBatch, type IncomingRecord } from './consume-batch.ts';
import type { SeatCloudEvent } from './seat-event.ts';

const scene = useScene();
let hall: Hall;
beforeEach(async () => {
  hall = await openHall(scene);
});

const held = (place: string, version: number): SeatCloudEvent => {
  const [seat] = seatsOf(hall, place);
  if (seat === undefined) throw new Error('a place was given');
  return madeUpEvent('seat.held', seat, hall, version, { holdId: holdId(`hold-${version}`) });
};
const recordOf = (event: SeatCloudEvent, offset: string): IncomingRecord => ({
  key: event.subject,
  value: JSON.stringify(event),
  offset,
});
const broken = (place: string, offset: string): IncomingRecord => ({
  key: seatsOf(hall, place)[0] ?? '',
  value: '{"specversion":',
  offset,
});
const consumeWith = (seatLock: Promise<Lock>, records: readonly IncomingRecord[]) => {
  const cache = async () => ({ seatLock: await seatLock });
  return consumeBatch({ db: scene.db, cache }, records, performance.now() + 1_000);
};
const consume = (records: readonly IncomingRecord[]) => consumeWith(Promise.resolve(scene.seatLock), records);
const shownAsHeld = async () => {
  const { items } = await readSeatMap(scene.db, hall.performanceId);
  return items.filter(({ status }) => status === 'held').map(({ row, number }) => `${row}-${number}`);
};

describe('a batch', () => {
  test('of good records fails in none', async () => {
    const records = [recordOf(held('A-1', 1), '7'), recordOf(held('A-2', 1), '8')];
    expect(await consume(records)).toEqual([]);
    expect(await shownAsHeld()).toEqual(['A-1', 'A-2']);
  });

  test('is left alone once the time is over: every record comes again, none was applied', async () => {
    const records = [recordOf(held('A-1', 1), '7'), recordOf(held('A-2', 1), '8')];
    const services = { db: scene.db, cache: () => Promise.reject(new Error('nothing was released')) };
    expect(await consumeBatch(services, records, performance.now())).toEqual(['7', '8']);
    expect(await shownAsHeld()).toEqual([]);
  });

  test('of none is none', async () => {
    expect(await consume([])).toEqual([]);
  });

  test('with a bad record holds up the later ones of its own seat alone', async () => {
    const records = [
      recordOf(held('A-1', 1), '9007199254740993'),
      broken('A-2', '9007199254740994'),
      recordOf(held('A-3', 1), '9007199254740995'),
      recordOf(held('A-2', 2), '9007199254740996'),
      recordOf(held('A-1', 2), '9007199254740997'),
    ];
    expect(await consume(records)).toEqual(['9007199254740994', '9007199254740996']);
    expect(await shownAsHeld()).toEqual(['A-1', 'A-3']);
  });

  test('comes again as a whole and changes nothing but what had failed', async () => {
    const records = [recordOf(held('A-1', 1), '1'), broken('A-2', '2'), recordOf(held('A-2', 2), '3')];
    await consume(records);
    const repaired = records.with(1, recordOf(held('A-2', 1), '2'));
    expect(await consume(repaired)).toEqual([]);
    expect(await shownAsHeld()).toEqual(['A-1', 'A-2']);
  });

  test('with a seat that does not exist fails in that seat', async () => {
    const stray = { ...held('A-2', 1), subject: 'nowhere' };
    const value = JSON.stringify({ ...stray, data: { ...stray.data, seatId: 'nowhere' } });
    const records = [{ key: 'nowhere', value, offset: '1' }, recordOf(held('A-1', 1), '2')];
    expect(await consume(records)).toEqual(['1']);
    expect(await shownAsHeld()).toEqual(['A-1']);
  });
});

test('a lock that its release could not free is freed when the event of the release is consumed', async () => {
  const user = await admitUser(scene, hall);
  const hold = await giveHold(scene, hall, user, 'A-1');
  const lockKey = `{${hall.performanceId}}:seat:${hall.performanceId}:A-1`;
  await releaseHold({ db: scene.db, seatLock: absentLock }, user, hold.holdId);
  expect(await scene.redis.exists(lockKey)).toBe(1);
  const events = await eventsOf(scene, hall);
  const records = events.map((event, offset) => recordOf(event, String(offset)));
  // Redis being away does not hold the map up.
  const away = Promise.reject(new DependencyError('secrets', new Error('away')));
  expect(await consumeWith(away, records)).toEqual([]);
  expect(await consumeWith(Promise.resolve(absentLock), records)).toEqual([]);
  expect(await scene.redis.exists(lockKey)).toBe(1);
  expect(await consume(records)).toEqual([]);
  expect(await scene.redis.exists(lockKey)).toBe(0);
});

test('so is a lock that a cancellation could not free', async () => {
  const { user, reservationId } = await buySeats(scene, hall, 'A-1');
  const lockKey = `{${hall.performanceId}}:seat:${hall.performanceId}:A-1`;
  const request = { userId: user, reservationId, idempotencyKey: 'k', requestId: 'r' };
  await cancelReservation({ ...scene, seatLock: absentLock }, request);
  expect(await scene.redis.exists(lockKey)).toBe(1);
  const events = await eventsOf(scene, hall);
  expect(await consume(events.map((event, offset) => recordOf(event, String(offset))))).toEqual([]);
  expect(await scene.redis.exists(lockKey)).toBe(0);
});

test('a late event of a release does not free the lock of the next holder', async () => {
  const user = await admitUser(scene, hall);
  const first = await giveHold(scene, hall, user, 'A-1');
  await releaseHold(scene, user, first.holdId);
  await giveHold(scene, hall, user, 'A-1');
  const events = await eventsOf(scene, hall);
  await consume(events.map((event, offset) => recordOf(event, String(offset))));
  expect(await scene.redis.exists(`{${hall.performanceId}}:seat:${hall.performanceId}:A-1`)).toBe(1);
});
