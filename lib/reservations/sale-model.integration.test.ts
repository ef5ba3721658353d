import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { sql } from 'kysely';
import { isProblem } from '../errors.ts';
import type { HoldId, ReservationId, UserId } from '../ids.ts';
import type { Hall } from '../performances/hall.ts';
import { enterQueue } from '../queue/enter-queue.ts';
import { extendHold } from '../seats/extend-hold.ts';
import type { Hold } from '../seats/hold.ts';
import { holdSeats } from '../seats/hold-seats.ts';
import { releaseHold } from '../seats/release-hold.ts';
import {
  findMoneyFaults,
  letHoldExpire,
  newKey,
  newUser,
  openHall,
  points,
  seatsOf,
} from '../testing/people.ts';
import { SaleModel } from '../testing/sale-model.ts';
import { useScene } from '../testing/scene.ts';
import { testSeed } from '../testing/seed.ts';
import { chargeWallet } from '../wallet/charge-wallet.ts';
import { readWallet } from '../wallet/read-wallet.ts';
import { cancelReservation } from './cancel-reservation.ts';
import { payHold } from './pay-hold.ts';

/** `PROPERTY_RUNS=1000 npm test -- sale-model` for a thousand. */
const sequences = Number(process.env['PROPERTY_RUNS'] ?? 60);
const withinMs = 60_000 + sequences * 1_000;
const [price, maxSeats, people] = [100, 3, 3];
const places = ['A-1', 'A-2', 'A-3', 'B-1'];
const scene = useScene();

type Command =
  | { readonly do: 'charge'; readonly user: number; readonly amount: number; readonly twice: boolean }
  | { readonly do: 'hold'; readonly user: number; readonly places: readonly string[] }
  | { readonly do: 'pay' | 'cancel'; readonly user: number; readonly pick: number; readonly twice: boolean }
  | { readonly do: 'extend' | 'release' | 'expire'; readonly user: number; readonly pick: number };

const user = fc.nat({ max: people - 1 });
const pick = fc.nat({ max: 20 });
const twice = fc.boolean();
const commands: fc.Arbitrary<readonly Command[]> = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('charge' as const), user, amount: fc.integer({ min: 1, max: 250 }), twice }),
    {
      arbitrary: fc.record({
        do: fc.constant('hold' as const),
        user,
        places: fc.subarray(places, { minLength: 1, maxLength: 2 }),
      }),
      weight: 3,
    },
    { arbitrary: fc.record({ do: fc.constantFrom('pay' as const, 'cancel'), user, pick, twice }), weight: 3 },
    fc.record({ do: fc.constantFrom('extend' as const, 'release', 'expire'), user, pick }),
  ),
  { minLength: 4, maxLength: 24 },
);

/** The real thing, with the names that the model gives to holds. */
class Sale {
  readonly #hall: Hall;
  readonly #users: readonly UserId[] = Array.from({ length: people }, () => newUser());
  readonly #holds = new Map<string, Hold>();
  readonly #reservations = new Map<string, ReservationId>();

  constructor(hall: Hall) {
    this.#hall = hall;
  }

  async #user(index: number): Promise<UserId> {
    const userId = this.#users[index];
    if (userId === undefined) throw new RangeError('no such user');
    const services = { ...scene, receiptKey: 'a key for the receipts of these tests' };
    await enterQueue(services, { performanceId: this.#hall.performanceId, userId });
    return userId;
  }

  /** What the same request is answered, once or twice in a row. */
  async #once(isTwice: boolean, send: () => Promise<{ text: string }>): Promise<Record<string, unknown>> {
    const { text } = await send();
    if (isTwice && (await send()).text !== text) throw new Error('the same request was answered in two ways');
    return JSON.parse(text) as Record<string, unknown>;
  }

  async charge(index: number, amount: number, isTwice: boolean): Promise<string> {
    const request = { amountPoints: points(amount), idempotencyKey: newKey(), requestId: 'r' };
    const userId = await this.#user(index);
    const answer = await this.#once(isTwice, () => chargeWallet(scene, { userId, ...request }));
    return `balance ${String(answer['balance'])}`;
  }

  async hold(index: number, wanted: readonly string[], name: string): Promise<string> {
    const userId = await this.#user(index);
    const { hold, created } = await holdSeats(scene, {
      hall: this.#hall,
      userId,
      seatIds: seatsOf(this.#hall, ...wanted),
    });
    if (created) this.#holds.set(name, hold);
    const known = [...this.#holds].find(([, { holdId }]) => holdId === hold.holdId);
    return `held ${known?.[0] ?? hold.holdId}`;
  }

  async pay(index: number, name: string, isTwice: boolean): Promise<string> {
    const request = { holdId: this.#idOf(name), idempotencyKey: newKey(), requestId: 'r' };
    const userId = await this.#user(index);
    const answer = await this.#once(isTwice, () => payHold(scene, { userId, ...request }));
    if (typeof answer['type'] === 'string') return refusal(answer);
    this.#reservations.set(name, String(answer['reservationId']) as ReservationId);
    return `paid ${String(answer['amount'])}, balance ${String(answer['balance'])}`;
  }

  async cancel(index: number, name: string, isTwice: boolean): Promise<string> {
    const reservationId = this.#reservations.get(name) ?? ('nothing' as ReservationId);
    const request = { reservationId, idempotencyKey: newKey(), requestId: 'r' };
    const userId = await this.#user(index);
    const answer = await this.#once(isTwice, () => cancelReservation(scene, { userId, ...request }));
    if (typeof answer['type'] === 'string') return refusal(answer);
    return `refunded ${String(answer['refunded'])}, balance ${String(answer['balance'])}`;
  }

  async extend(index: number, name: string): Promise<string> {
    await extendHold(scene, await this.#user(index), this.#idOf(name));
    return 'extended';
  }

  async release(index: number, name: string): Promise<string> {
    await releaseHold(scene, await this.#user(index), this.#idOf(name));
    return 'released';
  }

  async expire(name: string): Promise<void> {
    const hold = this.#holds.get(name);
    if (hold) await letHoldExpire(scene, hold);
  }

  async taken(): Promise<string[]> {
    const { rows } = await sql<{ seat_id: string }>`
      SELECT seat_id FROM seats WHERE performance_id = ${this.#hall.performanceId}
        AND (status = 'sold' OR held_until > clock_timestamp()) ORDER BY seat_id`.execute(scene.db);
    return rows.map(({ seat_id }) => seat_id.split(':')[1] ?? '').toSorted();
  }

  async balances(): Promise<number[]> {
    return Promise.all(this.#users.map(async (userId) => (await readWallet(scene.db, userId)).balance));
  }

  #idOf(name: string): HoldId {
    return this.#holds.get(name)?.holdId ?? ('nothing' as HoldId);
  }
}

/** A refusal by its slug and what it says beside it, whether it was thrown or kept with its key. */
function refusal(members: Record<string, unknown>): string {
  const slug = String(members['type']).replace('urn:problem:', '');
  if (slug === 'insufficient-points')
    return `${slug} ${String(members['balance'])} of ${String(members['amount'])}`;
  const { seatIds } = members;
  return Array.isArray(seatIds) ? `${slug} ${seatIds.map((id) => String(id).split(':')[1]).join()}` : slug;
}

const told = (answer: Promise<string>): Promise<string> =>
  answer.catch((error: unknown) => {
    if (!isProblem(error)) throw error;
    return refusal({ type: error.slug, ...error.members });
  });

/** Does it to both, and compares what they say. */
async function step(sale: Sale, model: SaleModel, command: Command, names: string[]): Promise<void> {
  const named = 'pick' in command ? (names[command.pick % Math.max(1, names.length)] ?? 'none') : 'none';
  const who = String(command.user);
  switch (command.do) {
    case 'charge':
      expect(await sale.charge(command.user, command.amount, command.twice)).toBe(
        model.charge(who, command.amount),
      );
      return;
    case 'hold': {
      const name = `h${names.length}`;
      names.push(name);
      expect(await told(sale.hold(command.user, command.places, name))).toBe(
        model.hold(who, command.places, name),
      );
      return;
    }
    case 'pay':
      expect(await told(sale.pay(command.user, named, command.twice))).toBe(model.pay(who, named));
      return;
    case 'cancel':
      expect(await told(sale.cancel(command.user, named, command.twice))).toBe(model.cancel(who, named));
      return;
    case 'extend':
      expect(await told(sale.extend(command.user, named))).toBe(model.extend(who, named));
      return;
    case 'release':
      expect(await told(sale.release(command.user, named))).toBe(model.release(who, named));
      return;
    case 'expire':
      if (model.statusOf(named) !== 'held') return;
      await sale.expire(named);
      model.expire(named);
  }
}

async function play(sequence: readonly Command[], model = new SaleModel(price, maxSeats)): Promise<void> {
  const sale = new Sale(await openHall(scene, { maxSeatsPerUser: maxSeats }));
  const names: string[] = [];
  for (const command of sequence) await step(sale, model, command, names);
  expect(await sale.taken()).toEqual(model.taken);
  expect(await sale.balances()).toEqual(
    Array.from({ length: people }, (_, index) => model.balance(String(index))),
  );
}

test(
  `${sequences} sequences of charges, holds, extensions, releases, payments, cancellations and time: all as the model says`,
  async () => {
    const seed = testSeed('a sale by its model');
    await fc.assert(
      fc.asyncProperty(commands, (sequence) => play(sequence)),
      { seed, numRuns: sequences },
    );
    expect(await findMoneyFaults(scene)).toEqual([]);
  },
  withinMs,
);

test('a model that forgets a refund is contradicted: the comparison can fail', async () => {
  class Forgetful extends SaleModel {
    override cancel(userIndex: string, name: string): string {
      const answer = super.cancel(userIndex, name);
      if (answer.startsWith('refunded')) this.charge(userIndex, -price);
      return answer;
    }
  }
  const sequence: readonly Command[] = [
    { do: 'charge', user: 0, amount: price, twice: false },
    { do: 'hold', user: 0, places: ['A-1'] },
    { do: 'pay', user: 0, pick: 0, twice: true },
    { do: 'cancel', user: 0, pick: 0, twice: true },
  ];
  await play(sequence);
  await expect(play(sequence, new Forgetful(price, maxSeats))).rejects.toThrow('toEqual');
});
