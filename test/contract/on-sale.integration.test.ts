import { afterAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { outcome } from './problem.ts';
import {
  admit,
  askCharge,
  askHold,
  askPayment,
  balance,
  createPerformance,
  enter,
  newKey,
  readList,
  release,
  type Scene,
  seatMap,
  tally,
} from './scene.ts';
import { entryShape, holdShape, read, reservationShape } from './shapes.ts';
import { openWorld, type User } from './world.ts';

const world = await openWorld();
afterAll(() => world.close());

/** Set to repeat a run. */
const seed = Number(process.env['CONTRACT_SALE_SEED'] ?? Date.now() % 2 ** 31);

/** What one buyer does, twice over where a nervous one would. */
interface Plan {
  readonly seats: readonly (readonly number[])[];
  readonly charge: number;
  readonly paysTwice: boolean;
  readonly walksAway: boolean;
}

const plan: fc.Arbitrary<Plan> = fc.record({
  seats: fc.array(fc.uniqueArray(fc.integer({ min: 0, max: 19 }), { minLength: 1, maxLength: 3 }), {
    minLength: 1,
    maxLength: 4,
  }),
  charge: fc.integer({ min: 1, max: 500 }),
  paysTwice: fc.boolean(),
  walksAway: fc.boolean(),
});

/** Follows a plan; returns every outcome on the way, success or not. */
async function follow(
  user: User,
  scene: Scene,
  { seats, charge, paysTwice, walksAway }: Plan,
): Promise<string[]> {
  const outcomes: string[] = [];
  await Promise.all([1, 2, 3].map(() => enter(world, user, scene.performanceId)));
  await admit(world, user, scene.performanceId);
  const key = newKey();
  const charges = await Promise.all([
    askCharge(world, user, charge, key),
    askCharge(world, user, charge, key),
  ]);
  outcomes.push(...charges.map(outcome));
  for (const choice of seats) {
    const seatIds = choice.flatMap((index) => scene.seatIds[index] ?? []);
    await admit(world, user, scene.performanceId);
    const answer = await askHold(world, user, scene.performanceId, seatIds);
    outcomes.push(outcome(answer));
    if (answer.status !== 201) continue;
    const { holdId } = read(answer, 201, holdShape);
    if (walksAway) outcomes.push(outcome(await release(world, user, holdId)));
    const payments = [
      askPayment(world, user, holdId),
      ...(paysTwice ? [askPayment(world, user, holdId)] : []),
    ];
    outcomes.push(...(await Promise.all(payments)).map(outcome));
  }
  return outcomes;
}

const expected = [
  '200',
  '201',
  '204',
  '402 insufficient-points',
  '409 hold-paid',
  '409 hold-released',
  '409 request-in-progress',
  '409 seat-limit',
  '409 seat-unavailable',
];

test(`forty buyers, twenty seats (CONTRACT_SALE_SEED=${seed}): it all adds up`, async () => {
  console.log(`on-sale: CONTRACT_SALE_SEED=${seed}`);
  const scene = await createPerformance(world, { seats: { rows: 2, seatsPerRow: 10 }, maxSeatsPerUser: 4 });
  const plans = fc.sample(plan, { seed, numRuns: 40 });
  const buyers = await Promise.all(plans.map(async (each) => ({ each, user: await world.newUser('buyer') })));
  const outcomes = await Promise.all(buyers.map(({ each, user }) => follow(user, scene, each)));
  expect(expected).toEqual(expect.arrayContaining(Object.keys(tally(outcomes.flat()))));

  const sold: string[] = [];
  for (const { each, user } of buyers) {
    const reservations = await readList(world, user.token, '/reservations', reservationShape);
    const entries = await readList(world, user.token, '/wallet/entries', entryShape);
    const paid = reservations.reduce((sum, reservation) => sum + reservation.amount, 0);
    expect(await balance(world, user)).toBe(each.charge - paid);
    expect(entries.map((entry) => entry.amount).reduce((sum, amount) => sum + amount, 0)).toBe(
      each.charge - paid,
    );
    expect(entries).toHaveLength(1 + reservations.length);
    const seatIds = reservations.flatMap((reservation) => reservation.seatIds);
    expect([paid, seatIds.length <= 4]).toEqual([100 * seatIds.length, true]);
    sold.push(...seatIds);
  }
  expect(new Set(sold).size).toBe(sold.length);
  expect(sold.length).toBeGreaterThan(0);
  const { items } = await seatMap(world, scene.performanceId);
  expect(items.length).toBe(20);
}, 120_000);
