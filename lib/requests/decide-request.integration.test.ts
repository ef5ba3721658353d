import { beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import type { HoldId, ReservationRequestId, UserId } from '../ids.ts';
import type { Hall } from '../performances/hall.ts';
import { payHold } from '../reservations/pay-hold.ts';
import { findHold } from '../seats/find-hold.ts';
import { releaseHold } from '../seats/release-hold.ts';
import {
  admitUser,
  admitUsers,
  giveHold,
  givePoints,
  letHoldExpire,
  newKey,
  openHall,
  seatId,
  seatsOf,
} from '../testing/people.ts';
import { failureOf, race, refusalOf, times } from '../testing/race.ts';
import { ask, askInTurn, decisionsOf } from '../testing/requests.ts';
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

const decide = (requestId: ReservationRequestId, place: string) =>
  decideRequest(scene.db, { requestId, seatId: seatId(`${hall.performanceId}:${place}`) });

/** Requests a seat and has it decided at once. */
async function request(user: UserId, place: string) {
  const requestId = await ask(scene, hall, user, place);
  await decide(requestId, place);
  return findRequest(scene.db, user, requestId);
}

async function requestHold(user: UserId, place: string) {
  const { holdId, ...request_ } = await request(user, place);
  if (holdId === undefined) throw new Error(`not held: ${JSON.stringify(request_)}`);
  return findHold(scene.db, user, holdId);
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
    await decide(requestId, 'A-1');
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
    const [paid, released] = [await requestHold(ann, 'A-1'), await requestHold(ann, 'A-2')];
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
    await requestHold(ann, 'A-1');
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
    ['through a request', async () => void (await requestHold(bob, 'A-1'))],
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
    await requestHold(ann, 'A-1');
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
    await decide(requestId, 'A-1');
    expect(await decisionsOf(scene, [requestId])).toEqual(['performance-started']);
    expect(await eventTypes()).toEqual([]);
  });
});

describe('a record', () => {
  test('that comes again changes nothing, whatever has become of the hold and the seat', async () => {
    const first = await requestHold(ann, 'A-1');
    const late = await ask(scene, hall, bob, 'A-1');
    await decide(late, 'A-1');
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
    expect(await failureOf(decide(requestId, 'A-2'))).toBeInstanceOf(StrayRequestError);
    const unknown = decide('nothing' as ReservationRequestId, 'A-1');
    expect(await failureOf(unknown)).toBeInstanceOf(StrayRequestError);
    expect(await decisionsOf(scene, [requestId])).toEqual(['pending']);
  });
});

describe('fences', () => {
  const isRising = (fences: readonly number[]) =>
    fences.every((fence, index) => index === 0 || fence > (fences[index - 1] ?? Infinity));

  /** Holds and requests of one seat in turns, each released; one of them ran out instead. */
  async function fencesInTurns(place: string, between = async () => {}): Promise<number[]> {
    const fences: number[] = [];
    for (let turn = 0; turn < 8; turn++) {
      const hold =
        turn % 4 < 2
          ? await requestHold(ann, place)
          : await giveHold(scene, hall, turn < 6 ? bob : ann, place);
      fences.push(hold.fence);
      if (turn === 3) await letHoldExpire(scene, hold);
      else await releaseHold(scene, turn % 4 < 2 || turn >= 6 ? ann : bob, hold.holdId);
      await between();
    }
    return fences;
  }

  test('grow with every hold, made over HTTP or through a request, from the very first on', async () => {
    const fences = await fencesInTurns('A-1');
    expect(fences).toHaveLength(8);
    expect(isRising(fences)).toBe(true);
  });

  test('grow over the loss of those in Redis', async () => {
    const lose = async () => void (await scene.redis.del(`{${hall.performanceId}}:fence`));
    expect(isRising(await fencesInTurns('A-1', lose))).toBe(true);
  });

  test('the control: one taken from a clock that is ahead of that of Redis keeps holds over HTTP out', async () => {
    const hold = await requestHold(ann, 'A-1');
    await releaseHold(scene, ann, hold.holdId);
    await sql`
      UPDATE seats SET fence = (extract(epoch FROM clock_timestamp() + interval '5 s') * 1000000)::bigint
      WHERE seat_id = ${seatsOf(hall, 'A-1')[0]}`.execute(scene.db);
    expect((await refusalOf(giveHold(scene, hall, bob, 'A-1'))).slug).toBe('unavailable');
  });
});

describe('at once', () => {
  const rounds = 5;
  const crowd = 10;

  /** Live holds a seat of the hall, for seats with more than one or whose row disagrees: empty when all is well. */
  async function findSeatFaults(): Promise<unknown[]> {
    const { rows } = await sql`
      WITH live AS (
        SELECT hold_id, unnest(seat_ids) AS seat_id FROM holds
        WHERE performance_id = ${hall.performanceId} AND status = 'held' AND expires_at > now())
      SELECT seat_id, count(live.hold_id) AS holds FROM seats LEFT JOIN live USING (seat_id)
      WHERE performance_id = ${hall.performanceId}
      GROUP BY seat_id, seats.hold_id, seats.status
      HAVING count(live.hold_id) <> (seats.status = 'held')::integer
        OR seats.hold_id IS DISTINCT FROM max(live.hold_id)`.execute(scene.db);
    return rows;
  }

  test(`${crowd} holds over HTTP and ${crowd} requests for one seat, ${rounds} rounds: one has it`, async () => {
    for (let round = 0; round < rounds; round++) {
      hall = await openHall(scene);
      const users = await admitUsers(scene, hall, 2 * crowd);
      const requestIds = await askInTurn(scene, hall, users.slice(crowd), 'A-1');
      const { results } = await race<unknown>([
        ...users.slice(0, crowd).map((user) => () => giveHold(scene, hall, user, 'A-1')),
        ...requestIds.map((requestId) => () => decide(requestId, 'A-1')),
      ]);
      const overHttp = results.filter((result) => result !== undefined).length;
      const decisions = await decisionsOf(scene, requestIds);
      const requested = decisions.filter((decision) => decision === 'held').length;
      expect(overHttp + requested).toBe(1);
      expect(decisions.filter((decision) => decision === 'seat-unavailable')).toHaveLength(crowd - requested);
      expect(await findSeatFaults()).toEqual([]);
    }
  }, 60_000);

  test(`one request decided ${crowd} times, ${rounds} rounds: one hold, one event`, async () => {
    for (let round = 0; round < rounds; round++) {
      hall = await openHall(scene);
      ann = await admitUser(scene, hall);
      const requestId = await ask(scene, hall, ann, 'A-1');
      await race(times(crowd, () => decide(requestId, 'A-1')));
      expect(await decisionsOf(scene, [requestId])).toEqual(['held']);
      expect(await eventTypes()).toEqual(['seat.held 1']);
      expect(await findSeatFaults()).toEqual([]);
    }
  });

  test(`requests and holds of one person for other seats each, ${rounds} rounds: the limit, and no more`, async () => {
    for (let round = 0; round < rounds; round++) {
      hall = await openHall(scene, { maxSeatsPerUser: 3 });
      ann = await admitUser(scene, hall);
      const places = ['A-1', 'A-2', 'A-3', 'A-4', 'A-5'];
      const requestIds: ReservationRequestId[] = [];
      for (const place of places) requestIds.push(await ask(scene, hall, ann, place));
      const { results } = await race<unknown>([
        ...requestIds.map((requestId, index) => () => decide(requestId, places[index] ?? '')),
        ...['B-1', 'B-2', 'B-3'].map((place) => () => giveHold(scene, hall, ann, place)),
      ]);
      const overHttp = results.filter((result) => result !== undefined).length;
      const decisions = await decisionsOf(scene, requestIds);
      expect(overHttp + decisions.filter((decision) => decision === 'held').length).toBe(3);
      expect(new Set(decisions)).toEqual(new Set([...(overHttp < 3 ? ['held'] : []), 'seat-limit']));
      expect(await findSeatFaults()).toEqual([]);
    }
  });
});
