import { beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import type { ReservationRequestId, UserId } from '../ids.ts';
import type { Hall } from '../performances/hall.ts';
import { releaseHold } from '../seats/release-hold.ts';
import { admitUser, admitUsers, giveHold, letHoldExpire, openHall, seatsOf } from '../testing/people.ts';
import { race, refusalOf, times } from '../testing/race.ts';
import { ask, askInTurn, decide, decisionsOf, requestHold } from '../testing/requests.ts';
import { useScene } from '../testing/scene.ts';
import { eventsOf } from '../testing/stories.ts';

/** Holds over HTTP and through requests, for the same seats and people. */

const scene = useScene();
let hall: Hall;
let ann: UserId;
let bob: UserId;
beforeEach(async () => {
  hall = await openHall(scene);
  ann = await admitUser(scene, hall);
  bob = await admitUser(scene, hall);
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
          ? await requestHold(scene, hall, ann, place)
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
    const hold = await requestHold(scene, hall, ann, 'A-1');
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
        ...requestIds.map((requestId) => () => decide(scene, hall, requestId, 'A-1')),
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
      await race(times(crowd, () => decide(scene, hall, requestId, 'A-1')));
      expect(await decisionsOf(scene, [requestId])).toEqual(['held']);
      expect(await eventsOf(scene, hall)).toMatchObject([{ type: 'seat.held', data: { version: 1 } }]);
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
        ...requestIds.map((requestId, index) => () => decide(scene, hall, requestId, places[index] ?? '')),
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
