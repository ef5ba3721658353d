import { beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import type { HoldId, ReservationRequestId, UserId } from '../ids.ts';
import type { Hall } from '../performances/hall.ts';
import { payHold } from '../reservations/pay-hold.ts';
import { findHold } from '../seats/find-hold.ts';
import { releaseHold } from '../seats/release-hold.ts';
import {
  admitUser,
  giveHold,
  givePoints,
  letHoldExpire,
  newKey,
  openHall,
  seatsOf,
} from '../testing/people.ts';
import { failureOf, refusalOf } from '../testing/race.ts';
import { ask, decide, decisionsOf, requestHold } from '../testing/requests.ts';
import { useScene } from '../testing/scene.ts';
import { eventsOf } from '../testing/stories.ts';
import { decideRequest } from './decide-request.ts';
import { findRequest } from './find-request.ts';
import { StrayRequestError } from './reservation-request.ts';

const scene = useScene();
let hall: Hall;
let ann: UserId;
let bob: UserId;
beforeEach(async () => {
  hall = await openHall(scene);
  ann = await admitUser(scene, hall);
  bob = await admitUser(scene, hall);
});

/** Requests a seat and has it decided at once. */
async function request(user: UserId, place: string) {
  const requestId = await ask(scene, hall, user, place);
  await decide(scene, hall, requestId, place);
  return findRequest(scene.db, user, requestId);
}

const eventTypes = async () =>
  (await eventsOf(scene, hall)).map(({ type, data }) => `${type} ${data.version}`);

describe('a request whose turn has come', () => {
  test('gets a free seat for as long as a hold lasts, with its event', async () => {
    const requestId = await ask(scene, hall, ann, 'A-1');
    expect(await findRequest(scene.db, ann, requestId)).toEqual({
      requestId,
      seatId: `${hall.performanceId}:A-1`,
      status: 'pending',
    });
    const beganMs = Date.now();
    await decide(scene, hall, requestId, 'A-1');
    const { status, holdId, reason } = await findRequest(scene.db, ann, requestId);
    expect([status, reason]).toEqual(['held', undefined]);
    const hold = await findHold(scene.db, ann, holdId ?? ('' as HoldId));
    expect(hold).toMatchObject({ status: 'held', seatIds: seatsOf(hall, 'A-1'), amount: 100 });
    const lastsMs = Date.parse(hold.expiresAt) - beganMs;
    expect(lastsMs).toBeGreaterThan(59_000);
    expect(lastsMs).toBeLessThan(62_000);
    expect(await eventsOf(scene, hall)).toMatchObject([
      { type: 'seat.held', data: { userId: ann, version: 1, holdId: hold.holdId } },
    ]);
  });

  test('makes a hold as any other: it is paid, and another is released and had again', async () => {
    const [paid, released] = [
      await requestHold(scene, hall, ann, 'A-1'),
      await requestHold(scene, hall, ann, 'A-2'),
    ];
    await givePoints(scene, ann, 100);
    const keyed = { userId: ann, holdId: paid.holdId, idempotencyKey: newKey(), requestId: 'r' };
    expect((await payHold(scene, keyed)).status).toBe(201);
    await releaseHold(scene, ann, released.holdId);
    expect((await findHold(scene.db, ann, released.holdId)).status).toBe('released');
    expect(await giveHold(scene, hall, bob, 'A-2')).toMatchObject({ seatIds: seatsOf(hall, 'A-2') });
    expect(await request(bob, 'A-1')).toMatchObject({ status: 'rejected', reason: 'seat-unavailable' });
  });

  test('gets a seat whose hold is over, and notices it', async () => {
    await letHoldExpire(scene, await giveHold(scene, hall, bob, 'A-1'));
    await requestHold(scene, hall, ann, 'A-1');
    expect(await eventTypes()).toEqual(['seat.held 1', 'seat.expired 2', 'seat.held 3']);
  });

  test("is somebody else's business to nobody", async () => {
    const requestId = await ask(scene, hall, ann, 'A-1');
    expect((await refusalOf(findRequest(scene.db, bob, requestId))).slug).toBe('not-found');
  });
});

describe('a request is rejected', () => {
  const reasonOf = async (user: UserId, place: string) => (await request(user, place)).reason;

  test.each([
    ['over HTTP', async () => void (await giveHold(scene, hall, bob, 'A-1', 'A-2'))],
    ['through a request', async () => void (await requestHold(scene, hall, bob, 'A-1'))],
  ])('when the seat is held by another, %s', async (_, take) => {
    await take();
    expect(await reasonOf(ann, 'A-1')).toBe('seat-unavailable');
    expect(await eventTypes()).not.toContain('seat.held 2');
  });

  test.each([
    ['alone', ['A-1']],
    ['with others', ['A-1', 'A-2']],
  ])('when the seat is in an own hold, %s', async (_, places) => {
    await giveHold(scene, hall, ann, ...places);
    expect(await reasonOf(ann, 'A-1')).toBe('seat-unavailable');
  });

  test('above the limit, which is looked at before the seat, but not before an own hold', async () => {
    hall = await openHall(scene, { maxSeatsPerUser: 2 });
    [ann, bob] = [await admitUser(scene, hall), await admitUser(scene, hall)];
    await giveHold(scene, hall, bob, 'B-1');
    await requestHold(scene, hall, ann, 'A-1');
    await giveHold(scene, hall, ann, 'A-2');
    expect(await reasonOf(ann, 'A-3')).toBe('seat-limit');
    expect(await reasonOf(ann, 'B-1')).toBe('seat-limit');
    expect(await reasonOf(ann, 'A-2')).toBe('seat-unavailable');
    const refused = giveHold(scene, hall, ann, 'A-3');
    expect((await refusalOf(refused)).slug).toBe('seat-limit');
  });

  test('once the performance has begun', async () => {
    const requestId = await ask(scene, hall, ann, 'A-1');
    await sql`
      UPDATE performances SET starts_at = clock_timestamp() WHERE performance_id = ${hall.performanceId}`.execute(
      scene.db,
    );
    await decide(scene, hall, requestId, 'A-1');
    expect(await decisionsOf(scene, [requestId])).toEqual(['performance-started']);
    expect(await eventTypes()).toEqual([]);
  });
});

describe('a record', () => {
  test('that comes again changes nothing, whatever has become of the hold and the seat', async () => {
    const first = await requestHold(scene, hall, ann, 'A-1');
    const late = await ask(scene, hall, bob, 'A-1');
    await decide(scene, hall, late, 'A-1');
    const requests = () =>
      scene.db
        .selectFrom('reservation_requests')
        .selectAll()
        .where('performance_id', '=', hall.performanceId)
        .orderBy('request_id')
        .execute();
    const before = { requests: await requests(), events: await eventTypes() };
    const again = async () => {
      for (const { request_id, seat_id } of before.requests)
        await decideRequest(scene.db, { requestId: request_id, seatId: seat_id });
    };
    await again();
    expect({ requests: await requests(), events: await eventTypes() }).toEqual(before);
    await releaseHold(scene, ann, first.holdId);
    await again();
    expect(await requests()).toEqual(before.requests);
    expect(await eventTypes()).toEqual(['seat.held 1', 'seat.released 2']);
  });

  test('of a request that does not exist, or is for another seat, is a stray', async () => {
    const requestId = await ask(scene, hall, ann, 'A-1');
    expect(await failureOf(decide(scene, hall, requestId, 'A-2'))).toBeInstanceOf(StrayRequestError);
    const unknown = decide(scene, hall, 'nothing' as ReservationRequestId, 'A-1');
    expect(await failureOf(unknown)).toBeInstanceOf(StrayRequestError);
    expect(await decisionsOf(scene, [requestId])).toEqual(['pending']);
  });
});
