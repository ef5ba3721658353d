import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { sql } from 'kysely';
import type { UserId } from '../ids.ts';
import type { Hall } from '../performances/hall.ts';
import { enterQueue } from '../queue/enter-queue.ts';
import { expireHolds } from '../seats/expire-holds.ts';
import type { Hold } from '../seats/hold.ts';
import { holdSeats } from '../seats/hold-seats.ts';
import { releaseHold } from '../seats/release-hold.ts';
import {
  admitUsers,
  findMoneyFaults,
  givePoints,
  letHoldExpire,
  newKey,
  openHall,
  seatsOf,
} from '../testing/people.ts';
import { race } from '../testing/race.ts';
import { useScene } from '../testing/scene.ts';
import { testSeed } from '../testing/seed.ts';
import { payHold } from './pay-hold.ts';

const stormMs = 8_000;
const people = 8;
const places = ['A-1', 'A-2', 'A-3', 'A-4', 'A-5', 'B-1'];

const scene = useScene();

/** Draws from a sequence that the seed decides; who draws next is decided by the machine. */
function createDice(seed: number) {
  const [stream = []] = fc.sample(fc.infiniteStream(fc.nat()), { seed, numRuns: 1 }).map((each) => [each]);
  const [draws] = stream;
  if (draws === undefined) throw new Error('no draws');
  return (sides: number): number => Number(draws.next().value) % sides;
}

type Dice = ReturnType<typeof createDice>;

/**
 * What one person does next: takes seats, gives them back, pays, lets their time run out, which also takes the
 * locks from whoever has the seats by now, or forgets them.
 */
async function act(hall: Hall, userId: UserId, held: Hold[], dice: Dice): Promise<void> {
  const [hold] = held;
  const move = dice(12);
  if (hold === undefined || move < 4) {
    const wanted = [0, 1, 2].slice(0, dice(3) + 1).map(() => places[dice(places.length)] ?? '');
    const seatIds = seatsOf(hall, ...new Set(wanted));
    held.push((await holdSeats(scene, { hall, userId, seatIds })).hold);
  } else if (move < 6) {
    await payHold(scene, { userId, holdId: hold.holdId, idempotencyKey: newKey(), requestId: 'r' });
    const services = { ...scene, receiptKey: 'a key for the receipts of this test' };
    await enterQueue(services, { performanceId: hall.performanceId, userId });
  } else if (move < 7) await releaseHold(scene, userId, hold.holdId);
  else if (move < 8) await expireHolds(scene.db);
  else if (move < 9) await letHoldExpire(scene, hold);
  else held.shift();
}

const countEvents = async ({ performanceId }: Hall) => {
  const { rows } = await sql<{ type: string; count: number }>`
    SELECT payload::json ->> 'type' AS type, count(*) AS count FROM outbox
    WHERE key LIKE ${`${performanceId}:%`} GROUP BY 1`.execute(scene.db);
  return Object.fromEntries(rows.map(({ type, count }) => [type, count]));
};

const findFaults = async ({ performanceId }: Hall) => {
  const { rows } = await sql`
    WITH events AS (
      SELECT key, (payload::json -> 'data' ->> 'version')::integer AS version,
             row_number() OVER (PARTITION BY key ORDER BY outbox_id) AS place
      FROM outbox WHERE key LIKE ${`${performanceId}:%`})
    SELECT 'an event out of its order' AS fault, key AS what FROM events WHERE version <> place
    UNION ALL
    SELECT 'a version without its event', seat_id FROM seats
    WHERE performance_id = ${performanceId} AND version <> (SELECT count(*) FROM events WHERE key = seat_id)
    UNION ALL
    SELECT 'a sold seat that is not reserved once', seat_id FROM seats
    WHERE performance_id = ${performanceId}
      AND (status = 'sold')::integer <> (SELECT count(*) FROM reservation_seats r WHERE r.seat_id = seats.seat_id)
    UNION ALL
    SELECT 'a reservation that was not paid in its amount', reservation_id
    FROM reservations LEFT JOIN payments USING (reservation_id, hold_id, amount)
    WHERE performance_id = ${performanceId} AND payments.payment_id IS NULL
    UNION ALL
    SELECT 'a hold paid and not reserved, or the reverse', hold_id
    FROM holds LEFT JOIN reservations USING (hold_id)
    WHERE holds.performance_id = ${performanceId} AND (holds.status = 'paid') <> (reservation_id IS NOT NULL)`.execute(
    scene.db,
  );
  return rows;
};

test(`${people} people do as they please for ${stormMs} ms: nothing is out of order`, async () => {
  const dice = createDice(testSeed('a storm'));
  const hall = await openHall(scene, { holdSeconds: 2, maxSeatsPerUser: 20 });
  const users = await admitUsers(scene, hall, people);
  // So that a few seats are sold, and the others go on changing hands.
  for (const user of users.slice(0, 2)) await givePoints(scene, user, 100);
  const endsAtMs = performance.now() + stormMs;
  await Promise.all(
    users.map(async (user) => {
      const held: Hold[] = [];
      // A refusal is an answer like another; anything else fails here.
      while (performance.now() < endsAtMs) await race([() => act(hall, user, held, dice)]);
    }),
  );
  const counts = await countEvents(hall);
  console.info(JSON.stringify(counts));
  for (const type of ['seat.held', 'seat.released', 'seat.expired', 'reservation.completed']) {
    expect(counts[type]).toBeGreaterThan(0);
  }
  expect(await findFaults(hall)).toEqual([]);
  expect(await findMoneyFaults(scene)).toEqual([]);
}, 60_000);
