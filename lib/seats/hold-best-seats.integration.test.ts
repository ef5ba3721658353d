import { describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import type { UserId } from '../ids.ts';
import type { Hall } from '../performances/hall.ts';
import { brokenLock } from '../testing/locks.ts';
import {
  admitUser,
  admitUsers,
  giveHold,
  letHoldExpire,
  newKey,
  newUser,
  openHall,
  points,
  seatsOf,
} from '../testing/people.ts';
import { race, refusalOf } from '../testing/race.ts';
import { useScene } from '../testing/scene.ts';
import { chooseSeats } from './choose-seats.ts';
import { holdBestSeats } from './hold-best-seats.ts';
import { readFreeRuns } from './read-free-runs.ts';
import { releaseHold } from './release-hold.ts';
import { rowLabel } from './seat-ids.ts';

const scene = useScene();

const best = (hall: Hall, userId: UserId, count: number, services = scene) =>
  holdBestSeats(services, { hall, userId, count });

describe('the best seats', () => {
  test('are the middle of the row at the stage, then what is next', async () => {
    const hall = await openHall(scene);
    const user = await admitUser(scene, hall);
    const first = await best(hall, user, 3);
    expect(first.seatIds).toEqual(seatsOf(hall, 'A-2', 'A-3', 'A-4'));
    expect(first.amount).toBe(300);
    const other = await admitUser(scene, hall);
    expect((await best(hall, other, 2)).seatIds).toEqual(seatsOf(hall, 'B-2', 'B-3'));
    expect((await best(hall, other, 1)).seatIds).toEqual(seatsOf(hall, 'A-1'));
  });

  test('are those of an expired hold too, and of one that was released', async () => {
    const hall = await openHall(scene);
    const [user, other] = [await admitUser(scene, hall), await admitUser(scene, hall)];
    await letHoldExpire(scene, await giveHold(scene, hall, user, 'A-3'));
    const held = await best(hall, other, 1);
    expect(held.seatIds).toEqual(seatsOf(hall, 'A-3'));
    await releaseHold(scene, other, held.holdId);
    expect((await best(hall, user, 1)).seatIds).toEqual(seatsOf(hall, 'A-3'));
  });

  test('are looked for past rows that have none side by side, however many', async () => {
    const hall = await openHall(scene, { seats: { rows: 9, seatsPerRow: 500, price: points(100) } });
    const other = await admitUser(scene, hall);
    const { holdId } = await giveHold(scene, hall, other, 'A-2');
    await sql`
      UPDATE seats SET status = 'held', held_until = now() + interval '1 hour', hold_id = ${holdId}
      WHERE performance_id = ${hall.performanceId} AND row_index < 8 AND number % 2 = 0`.execute(scene.db);
    const user = await admitUser(scene, hall);
    expect((await best(hall, user, 2)).seatIds).toEqual(seatsOf(hall, 'I-250', 'I-251'));
  });

  test('are refused in the order of the contract', async () => {
    const hall = await openHall(scene, { maxSeatsPerUser: 4 });
    expect((await refusalOf(best(hall, newUser(), 5))).slug).toBe('not-admitted');
    const user = await admitUser(scene, hall);
    expect((await refusalOf(best(hall, user, 5))).slug).toBe('seat-limit');
    await giveHold(scene, hall, user, 'A-2', 'A-4', 'B-2');
    expect((await refusalOf(best(hall, user, 2))).slug).toBe('seat-limit');
    const other = await admitUser(scene, hall);
    expect((await refusalOf(best(hall, other, 4))).slug).toBe('no-adjacent-seats');
  });

  test('are found when locks outlived their holds', async () => {
    const hall = await openHall(scene, { seats: { rows: 1, seatsPerRow: 2, price: points(100) } });
    const [user, other] = [await admitUser(scene, hall), await admitUser(scene, hall)];
    const held = await best(hall, user, 2);
    await releaseHold({ db: scene.db, seatLock: brokenLock() }, user, held.holdId);
    expect((await best(hall, other, 2)).seatIds).toEqual(held.seatIds);
  });
});

describe.each([
  ['the seat lock', false],
  ['a lock that lets everybody in', true],
])('many at once under %s', (_, isBroken) => {
  test('get different seats, and none is refused while there are enough', async () => {
    const [crowd, count] = isBroken ? [4, 2] : [40, 2];
    const hall = await openHall(scene, {
      seats: { rows: 12, seatsPerRow: 10, price: points(100) },
    });
    const users = await admitUsers(scene, hall, crowd);
    const services = { ...scene, seatLock: isBroken ? brokenLock() : scene.seatLock };
    const { results, refusals } = await race(users.map((user) => () => best(hall, user, count, services)));
    const seatIds = results.flatMap((hold) => hold.seatIds);
    expect(new Set(seatIds).size).toBe(seatIds.length);
    expect(refusals.map(({ slug }) => slug)).toEqual([]);
    expect(results).toHaveLength(crowd);
  }, 60_000);
});

test('more people than seats: who is refused finds none side by side, and none are left', async () => {
  const hall = await openHall(scene, { seats: { rows: 4, seatsPerRow: 10, price: points(100) } });
  const users = await admitUsers(scene, hall, 30);
  const { results, refusals } = await race(users.map((user) => () => best(hall, user, 2)));
  expect(new Set(refusals.map(({ slug }) => slug))).toEqual(new Set(['no-adjacent-seats']));
  const { rows } = await sql<{ pairs: number }>`
    SELECT count(*)::integer AS pairs FROM seats AS one JOIN seats AS next
      ON next.performance_id = one.performance_id AND next.row_index = one.row_index AND next.number = one.number + 1
    WHERE one.performance_id = ${hall.performanceId} AND one.status = 'available' AND next.status = 'available'`.execute(
    scene.db,
  );
  expect(rows).toEqual([{ pairs: 0 }]);
  const seatIds = results.flatMap((hold) => hold.seatIds);
  expect(new Set(seatIds).size).toBe(seatIds.length);
}, 60_000);

test('one person who asks many times at once stays within the limit', async () => {
  const hall = await openHall(scene, { maxSeatsPerUser: 3 });
  const user = await admitUser(scene, hall);
  const { results, refusals } = await race(Array.from({ length: 8 }, () => () => best(hall, user, 1)));
  expect(results).toHaveLength(3);
  expect(new Set(refusals.map(({ slug }) => slug))).toEqual(new Set(['seat-limit']));
}, 60_000);

test('the control: chosen and written down without lock and condition, seats are given to several', async () => {
  const hall = await openHall(scene);
  const users = await admitUsers(scene, hall, 8);
  const { results } = await race(
    users.map((user) => async () => {
      const [choice] = chooseSeats(await readFreeRuns(scene.db, hall, 1), { count: 1, seatsPerRow: 5 }, 1);
      const [seat] = seatsOf(hall, `${rowLabel(choice?.rowIndex ?? 0)}-${choice?.first}`);
      const holdId = newKey();
      await sql`
        INSERT INTO holds (hold_id, performance_id, user_id, seat_ids, amount, fence, status, expires_at)
        VALUES (${holdId}, ${hall.performanceId}, ${user}, ${[seat]}, 100, 1, 'held', now() + interval '1 minute')`.execute(
        scene.db,
      );
      await sql`
        UPDATE seats SET status = 'held', hold_id = ${holdId}, held_until = now() + interval '1 minute'
        WHERE seat_id = ${seat}`.execute(scene.db);
      return seat;
    }),
  );
  expect(new Set(results).size).toBeLessThan(results.length);
});
