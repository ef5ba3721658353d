import { describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { DatabaseError } from 'pg';
import { payHold } from '../reservations/pay-hold.ts';
import { admitUser, giveHold, givePoints, newKey, newUser, openHall, seatId } from '../testing/people.ts';
import { failureOf } from '../testing/race.ts';
import { useScene } from '../testing/scene.ts';

const scene = useScene();

/** What Postgres says to a statement; fails when it takes it. */
async function refusalOf(statement: { execute(db: typeof scene.db): Promise<unknown> }) {
  const error = await failureOf(statement.execute(scene.db));
  if (!(error instanceof DatabaseError)) throw error;
  return [error.code, error.constraint ?? error.message];
}

/** Somebody who has paid for seat A-1, with the rest of the hall free. */
async function makeSale() {
  const hall = await openHall(scene);
  const user = await admitUser(scene, hall);
  await givePoints(scene, user, 1_000);
  const hold = await giveHold(scene, hall, user, 'A-1');
  await payHold(scene, { userId: user, holdId: hold.holdId, idempotencyKey: newKey(), requestId: 'r' });
  return { hall, user, hold };
}

describe('the ledger', () => {
  test('is append-only', async () => {
    await givePoints(scene, newUser(), 10);
    for (const statement of [
      sql`UPDATE ledger_entries SET amount = 1`,
      sql`DELETE FROM ledger_entries`,
      sql`DELETE FROM ledger_entries WHERE false`,
      sql`TRUNCATE ledger_entries`,
    ]) {
      expect(await refusalOf(statement)).toEqual(['23001', 'ledger_entries is append-only']);
    }
  });

  test('is append-only where other triggers are silenced', async () => {
    await givePoints(scene, newUser(), 10);
    const silenced = scene.db.transaction().execute(async (tx) => {
      await sql`SET LOCAL session_replication_role = replica`.execute(tx);
      await sql`DELETE FROM ledger_entries`.execute(tx);
    });
    expect(await failureOf(silenced)).toMatchObject({ code: '23001' });
  });

  const user = newUser();
  const insert = (rows: ReturnType<typeof sql>) =>
    sql`INSERT INTO ledger_entries (transfer_id, account, user_id, kind, amount, balance_after, reference_id) VALUES ${rows}`;

  test('takes no transfer that does not sum to zero, nor half of one', async () => {
    await givePoints(scene, user, 10);
    const message = 'the entries of a transfer are written together and sum to zero';
    const unbalanced = sql`('t', 'wallet', ${user}, 'charge', 5, 15, 'r'), ('t', 'issued', NULL, 'charge', -4, NULL, 'r')`;
    const half = sql`('t', 'wallet', ${user}, 'charge', 5, 15, 'r')`;
    const nothing = sql`('t', 'wallet', ${user}, 'charge', 0, 10, 'r')`;
    const twoHalves = sql`('t', 'wallet', ${user}, 'charge', 5, 15, 'r'), ('u', 'issued', NULL, 'charge', -5, NULL, 'r')`;
    const twoStories = sql`('t', 'wallet', ${user}, 'charge', 0, 10, 'r'), ('t', 'issued', NULL, 'charge', 0, NULL, 's')`;
    for (const rows of [unbalanced, half, nothing, twoHalves, twoStories]) {
      expect(await refusalOf(insert(rows))).toEqual(['23514', message]);
    }
  });

  test('moves points between the accounts of a kind, in its direction, up to its limit', async () => {
    const overLimit = 1_000_000_000_001;
    for (const [rows, constraint] of [
      [
        sql`('t', 'wallet', ${user}, 'charge', 5, 15, 'r'), ('t', 'sales', NULL, 'charge', -5, NULL, 'r')`,
        'account',
      ],
      [
        sql`('t', 'wallet', ${user}, 'refund', 5, 15, 'r'), ('t', 'issued', NULL, 'refund', -5, NULL, 'r')`,
        'account',
      ],
      [
        sql`('t', 'wallet', ${user}, 'charge', -5, 5, 'r'), ('t', 'issued', NULL, 'charge', 5, NULL, 'r')`,
        'direction',
      ],
      [
        sql`('t', 'wallet', ${user}, 'payment', 5, 15, 'r'), ('t', 'sales', NULL, 'payment', -5, NULL, 'r')`,
        'direction',
      ],
      [
        sql`('t', 'wallet', ${user}, 'charge', 5, ${overLimit}, 'r'), ('t', 'issued', NULL, 'charge', -5, NULL, 'r')`,
        'charge_within',
      ],
    ] as const) {
      expect(await refusalOf(insert(rows))).toEqual(['23514', expect.stringContaining(constraint)]);
    }
  });

  test('has the balance after it in a wallet entry and nowhere else', async () => {
    const withoutBalance = sql`('t', 'wallet', ${user}, 'charge', 5, NULL, 'r'), ('t', 'issued', NULL, 'charge', -5, NULL, 'r')`;
    const withTwo = sql`('t', 'wallet', ${user}, 'charge', 5, 15, 'r'), ('t', 'issued', NULL, 'charge', -5, 15, 'r')`;
    const ofNobody = sql`('t', 'wallet', NULL, 'charge', 5, 15, 'r'), ('t', 'issued', NULL, 'charge', -5, NULL, 'r')`;
    for (const rows of [withoutBalance, withTwo, ofNobody]) {
      expect((await refusalOf(insert(rows)))[0]).toBe('23514');
    }
  });

  test('takes no entry that does not follow the one before, nor one that leaves another balance', async () => {
    const message = 'an entry of a wallet follows the one before and leaves the balance of the wallet';
    const entry = (amount: number, balanceAfter: number) =>
      insert(sql`('t', 'wallet', ${user}, 'charge', ${amount}, ${balanceAfter}, 'r'),
                 ('t', 'issued', NULL, 'charge', ${-amount}, NULL, 'r')`);
    expect(await refusalOf(entry(5, 15))).toEqual(['23514', message]);
    expect(await refusalOf(entry(5, 10))).toEqual(['23514', message]);
  });

  test('has one transfer a charge, a payment and a refund', async () => {
    const { user: buyer } = await makeSale();
    const again = (kind: 'charge' | 'payment') => sql`
      INSERT INTO ledger_entries (transfer_id, account, user_id, kind, amount, balance_after, reference_id)
      SELECT 'again', account, user_id, kind, amount, balance_after, reference_id FROM ledger_entries
      WHERE transfer_id = (SELECT transfer_id FROM ledger_entries WHERE user_id = ${buyer} AND kind = ${kind})`;
    for (const kind of ['charge', 'payment'] as const) {
      expect(await refusalOf(again(kind))).toEqual(['23505', 'one_transfer_a_reference']);
    }
  });
});

describe('a wallet', () => {
  test('is never below zero nor above what a number can say', async () => {
    const user = newUser();
    await givePoints(scene, user, 10);
    const set = (balance: number) => sql`UPDATE wallets SET balance = ${balance} WHERE user_id = ${user}`;
    expect((await refusalOf(set(-1)))[0]).toBe('23514');
    expect((await refusalOf(set(2 ** 53)))[0]).toBe('23514');
  });
});

describe('a seat', () => {
  test('cannot be reserved twice, whatever becomes of its row', async () => {
    const { hall, hold } = await makeSale();
    const other = await admitUser(scene, hall);
    const second = await giveHold(scene, hall, other, 'A-2');
    const statement = sql`
      WITH reservation AS (
        INSERT INTO reservations (reservation_id, performance_id, user_id, hold_id, seat_ids, amount, status)
        VALUES ('second', ${hall.performanceId}, ${other}, ${second.holdId}, ${[...hold.seatIds]}, 100, 'confirmed'))
      INSERT INTO reservation_seats (reservation_id, seat_id) VALUES ('second', ${hold.seatIds[0]})`;
    expect(await refusalOf(statement)).toEqual(['23505', 'one_reservation_a_seat']);
  });

  test('is held exactly with a hold and an end, and sold exactly with a reservation', async () => {
    const { hall, hold } = await makeSale();
    const free = seatId(`${hall.performanceId}:B-1`);
    const [sold] = hold.seatIds;
    for (const statement of [
      sql`UPDATE seats SET status = 'held' WHERE seat_id = ${free}`,
      sql`UPDATE seats SET status = 'sold' WHERE seat_id = ${free}`,
      sql`UPDATE seats SET held_until = now() WHERE seat_id = ${free}`,
      sql`UPDATE seats SET hold_id = ${hold.holdId} WHERE seat_id = ${free}`,
      sql`UPDATE seats SET status = 'available' WHERE seat_id = ${sold}`,
      sql`UPDATE seats SET reservation_id = NULL WHERE seat_id = ${sold}`,
      sql`UPDATE seats SET status = 'broken' WHERE seat_id = ${free}`,
    ]) {
      expect((await refusalOf(statement))[0]).toBe('23514');
    }
  });

  test('stands at one place', async () => {
    const { hall } = await makeSale();
    const twin = sql`
      INSERT INTO seats (seat_id, performance_id, row_label, row_index, number, price)
      VALUES ('twin', ${hall.performanceId}, 'A', 0, 1, 100)`;
    expect((await refusalOf(twin))[0]).toBe('23505');
  });
});

describe('a hold is paid once', () => {
  test('by one payment and one reservation', async () => {
    const { hall, user, hold } = await makeSale();
    const reservation = sql`
      INSERT INTO reservations (reservation_id, performance_id, user_id, hold_id, seat_ids, amount, status)
      VALUES ('again', ${hall.performanceId}, ${user}, ${hold.holdId}, ${[...hold.seatIds]}, 100, 'confirmed')`;
    const payment = sql`
      INSERT INTO payments (payment_id, user_id, hold_id, reservation_id, amount)
      SELECT 'again', user_id, hold_id, reservation_id, amount FROM reservations WHERE hold_id = ${hold.holdId}`;
    expect(await refusalOf(reservation)).toEqual(['23505', 'reservations_hold_id_key']);
    expect((await refusalOf(payment))[0]).toBe('23505');
  });
});

test('whole numbers of eight bytes arrive as numbers, and one that would be rounded does not', async () => {
  const ask = (text: string) => sql<{ value: number }>`SELECT ${text}::bigint AS value`.execute(scene.db);
  expect((await ask('9007199254740991')).rows).toEqual([{ value: Number.MAX_SAFE_INTEGER }]);
  expect((await ask('-9007199254740991')).rows).toEqual([{ value: Number.MIN_SAFE_INTEGER }]);
  await expect(ask('9007199254740993')).rejects.toThrow(RangeError);
  // The connection that brought it is still good.
  expect((await ask('1')).rows).toEqual([{ value: 1 }]);
});
