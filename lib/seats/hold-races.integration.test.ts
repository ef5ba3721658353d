import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { sql } from 'kysely';
import type { PerformanceId, SeatId, UserId } from '../ids.ts';
import { LockContendedError } from '../lock/errors.ts';
import type { Lock } from '../lock/lock.ts';
import { seatLock as seatLockName } from '../redis/keys.ts';
import { brokenLock } from '../testing/locks.ts';
import { admitUser, admitUsers, newKey, openHall, seatsOf } from '../testing/people.ts';
import { race, times } from '../testing/race.ts';
import { useScene } from '../testing/scene.ts';
import { testSeed } from '../testing/seed.ts';
import { countSeats } from './count-seats.ts';
import { holdSeats } from './hold-seats.ts';

const rounds = 3;
const crowd = 20;
const scene = useScene();
const places = ['A-1', 'A-2', 'A-3', 'A-4', 'A-5', 'B-1', 'B-2', 'B-3'];

const kinds = ['simple', 'spin', 'pubsub'] as const;
const locks: readonly (readonly [string, () => Lock])[] = [
  ...kinds.map((kind) => [`the ${kind} lock`, () => scene.locks[kind]] as const),
  ['a lock that lets everybody in', () => brokenLock()],
];
const passing = ['seat-unavailable', 'unavailable'];

/** Seats by what they say of themselves and by the live holds that name them: empty when the two agree. */
async function findSeatFaults(performanceId: PerformanceId): Promise<unknown[]> {
  const { rows } = await sql`
    WITH live AS (
      SELECT hold_id, unnest(seat_ids) AS seat_id FROM holds
      WHERE performance_id = ${performanceId} AND status = 'held' AND expires_at > now())
    SELECT seat_id, count(live.hold_id) AS holds FROM seats LEFT JOIN live USING (seat_id)
    WHERE performance_id = ${performanceId}
    GROUP BY seat_id, seats.hold_id, seats.status
    HAVING count(live.hold_id) <> (seats.status = 'held')::integer
      OR seats.hold_id IS DISTINCT FROM max(live.hold_id)`.execute(scene.db);
  return rows;
}

describe.each(locks)(`under %s`, (_, lockOf) => {
  const hold = (hall: Awaited<ReturnType<typeof openHall>>, userId: UserId, seatIds: SeatId[]) =>
    holdSeats({ ...scene, seatLock: lockOf() }, { hall, userId, seatIds });

  test(`${crowd} people and one seat, ${rounds} rounds: one has it`, async () => {
    for (let round = 0; round < rounds; round++) {
      const hall = await openHall(scene);
      const users = await admitUsers(scene, hall, crowd);
      const { results, refusals } = await race(
        users.map((user) => () => hold(hall, user, seatsOf(hall, 'A-1'))),
      );
      expect(results).toHaveLength(1);
      for (const { slug } of refusals) expect(passing).toContain(slug);
      expect(await findSeatFaults(hall.performanceId)).toEqual([]);
    }
  }, 60_000);

  test('sets that overlap, in any order: all or none of each, and nobody waits for ever', async () => {
    const wishes = fc.array(fc.uniqueArray(fc.constantFrom(...places), { minLength: 1, maxLength: 4 }), {
      minLength: 8,
      maxLength: 8,
    });
    const seed = testSeed('sets that overlap');
    await fc.assert(
      fc.asyncProperty(wishes, async (sets) => {
        const hall = await openHall(scene);
        const users = await admitUsers(scene, hall, sets.length);
        const attempts = sets.map((set, index) => () => {
          const user = users[index];
          if (user === undefined) throw new Error('one user a set');
          return hold(hall, user, seatsOf(hall, ...set));
        });
        // Anything but a refusal, such as a deadlock that was not got over, fails in the race.
        const { results, refusals } = await race(attempts);
        expect(results.length).toBeGreaterThan(0);
        for (const { slug } of refusals) expect(passing).toContain(slug);
        expect(await findSeatFaults(hall.performanceId)).toEqual([]);
      }),
      { seed, numRuns: 6, endOnFailure: true },
    );
  }, 60_000);

  test(`${crowd / 2} holds of one person at once, ${rounds} rounds: never above the limit`, async () => {
    for (let round = 0; round < rounds; round++) {
      const hall = await openHall(scene, { maxSeatsPerUser: 3 });
      const user = await admitUser(scene, hall);
      const all = [...places, 'B-4', 'B-5'];
      const { results, refusals } = await race(
        all.map((place) => () => hold(hall, user, seatsOf(hall, place))),
      );
      expect(results).toHaveLength(3);
      for (const { slug } of refusals) expect([...passing, 'seat-limit']).toContain(slug);
      expect(await countSeats(scene.db, hall.performanceId, user)).toBe(3);
      expect(await findSeatFaults(hall.performanceId)).toEqual([]);
    }
  }, 60_000);

  test(`the same hold asked for ${crowd / 4} times at once, ${rounds * 8} rounds: made once, the same for all`, async () => {
    for (let round = 0; round < rounds * 8; round++) {
      const hall = await openHall(scene);
      const user = await admitUser(scene, hall);
      const seatIds = seatsOf(hall, 'A-1', 'A-2');
      const { results, refusals } = await race(times(crowd / 4, () => hold(hall, user, seatIds)));
      expect(refusals).toEqual([]);
      expect(new Set(results.map((result) => result.hold.holdId)).size).toBe(1);
      expect(results.filter(({ created }) => created)).toHaveLength(1);
    }
  });
});

test(`Redis flushed again and again while ${crowd} people take ${places.length} seats: each seat has one holder`, async () => {
  const hall = await openHall(scene);
  const users = await admitUsers(scene, hall, crowd);
  const over = new AbortController();
  const flushing = (async () => {
    // The seats' locks alone: with the line itself gone nobody would be admitted.
    while (!over.signal.aborted)
      await scene.redis.del(seatsOf(hall, ...places).map((s) => `{${hall.performanceId}}:seat:${s}`));
  })();
  try {
    const { results } = await race(
      users.flatMap((user, index) =>
        [0, 1, 2].map((step) => () => {
          const place = places[(index + step * 3) % places.length] ?? '';
          return holdSeats(scene, { hall, userId: user, seatIds: seatsOf(hall, place) });
        }),
      ),
    );
    const created = results.filter((result) => result.created).map(({ hold }) => `${hold.seatIds[0]}`);
    expect(created.toSorted()).toEqual(seatsOf(hall, ...places).toSorted());
  } finally {
    over.abort();
    await flushing;
  }
  expect(await findSeatFaults(hall.performanceId)).toEqual([]);
}, 60_000);

describe('the control', () => {
  /** The statements of a hold without the locks on the rows and without the condition. */
  const holdUnprotected = async (hall: Awaited<ReturnType<typeof openHall>>, user: UserId, seat: SeatId) =>
    scene.db.transaction().execute(async (tx) => {
      const { status } = await tx
        .selectFrom('seats')
        .select('status')
        .where('seat_id', '=', seat)
        .executeTakeFirstOrThrow();
      const seatCount = await countSeats(tx, hall.performanceId, user);
      if (status !== 'available' || seatCount >= hall.maxSeatsPerUser) return false;
      const holdId = newKey();
      await sql`
        INSERT INTO holds (hold_id, performance_id, user_id, seat_ids, amount, fence, status, expires_at)
        VALUES (${holdId}, ${hall.performanceId}, ${user}, ${[seat]}, 100, 1, 'held', now() + interval '1 minute')`.execute(
        tx,
      );
      await sql`
        UPDATE seats SET status = 'held', hold_id = ${holdId}, held_until = now() + interval '1 minute'
        WHERE seat_id = ${seat}`.execute(tx);
      return true;
    });

  test(`${crowd} people and one seat, ${rounds} rounds: several have it, and the check sees it`, async () => {
    let holders = 0;
    let faults = 0;
    for (let round = 0; round < rounds; round++) {
      const hall = await openHall(scene);
      const users = await admitUsers(scene, hall, crowd);
      const [seat] = seatsOf(hall, 'A-1');
      if (seat === undefined) throw new Error('a seat was asked for');
      const { results } = await race(users.map((user) => () => holdUnprotected(hall, user, seat)));
      holders += results.filter(Boolean).length;
      faults += (await findSeatFaults(hall.performanceId)).length;
    }
    expect(holders).toBeGreaterThan(rounds);
    expect(faults).toBeGreaterThan(0);
  });

  test.each(kinds)(`the same statements, each under the %s lock of the seat: one has it`, async (kind) => {
    const lock = scene.locks[kind];
    for (let round = 0; round < rounds; round++) {
      const hall = await openHall(scene);
      const users = await admitUsers(scene, hall, crowd);
      const [seat] = seatsOf(hall, 'A-1');
      if (seat === undefined) throw new Error('a seat was asked for');
      const holdLocked = async (user: UserId) => {
        try {
          await lock.acquire([seatLockName(hall.performanceId, seat)], { leaseMs: 60_000, waitMs: 0 });
        } catch (error) {
          if (error instanceof LockContendedError) return false;
          throw error;
        }
        // Not given back: the seat is taken.
        return holdUnprotected(hall, user, seat);
      };
      const { results } = await race(users.map((user) => () => holdLocked(user)));
      expect(results.filter(Boolean)).toHaveLength(1);
      expect(await findSeatFaults(hall.performanceId)).toEqual([]);
    }
  });

  test(`holds of one person without the lock on the person, ${rounds} rounds: above the limit`, async () => {
    let held = 0;
    for (let round = 0; round < rounds; round++) {
      const hall = await openHall(scene, { maxSeatsPerUser: 3 });
      const user = await admitUser(scene, hall);
      const { results } = await race(
        seatsOf(hall, ...places).map((seat) => () => holdUnprotected(hall, user, seat)),
      );
      held += results.filter(Boolean).length;
    }
    expect(held).toBeGreaterThan(rounds * 3);
  });
});
