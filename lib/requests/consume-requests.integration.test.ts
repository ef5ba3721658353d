import { beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { sql } from 'kysely';
import { eventually } from '../../test/contract/eventually.ts';
import { createDatabase } from '../db/client.ts';
import type { IncomingRecord } from '../events/consume-batch.ts';
import type { ReservationRequestId, UserId } from '../ids.ts';
import type { Hall } from '../performances/hall.ts';
import { admitUsers, openHall } from '../testing/people.ts';
import { proxied } from '../testing/proxied.ts';
import { batchesOf, redeliveries } from '../testing/redeliveries.ts';
import { ask, askInTurn, decisionsOf, requestRecords } from '../testing/requests.ts';
import { useScene } from '../testing/scene.ts';
import { testSeed } from '../testing/seed.ts';
import { eventsOf } from '../testing/stories.ts';
import { consumeRequests, seatsAtOnce } from './consume-requests.ts';
import { decideRequest } from './decide-request.ts';
import { parseRequestRecord } from './reservation-request.ts';

const scene = useScene();
const crowd = 12;
let hall: Hall;
let users: UserId[];
beforeEach(async () => {
  hall = await openHall(scene);
  users = await admitUsers(scene, hall, crowd);
});

const consume = (records: readonly IncomingRecord[], withinMs = 10_000) =>
  consumeRequests(scene.db, records, performance.now() + withinMs);

const firstWins = (count: number) => ['held', ...Array.from({ length: count - 1 }, () => 'seat-unavailable')];

/** Keeps a request from being decided until the work is done. */
async function withStalled<T>(
  requestIds: readonly ReservationRequestId[],
  work: () => Promise<T>,
): Promise<T> {
  return scene.db.transaction().execute(async (tx) => {
    await tx
      .selectFrom('reservation_requests')
      .select('request_id')
      .where('request_id', 'in', requestIds)
      .forUpdate()
      .execute();
    return work();
  });
}

/** The first of some requests for one seat, held up while they are consumed; the decisions in record order. */
async function decideWithSlowFirst(
  consumeAll: (records: readonly IncomingRecord[]) => Promise<unknown>,
): Promise<string[]> {
  const requestIds = await askInTurn(scene, hall, users, 'A-1');
  const records = await requestRecords(scene, hall);
  let consumed: Promise<unknown> = Promise.resolve();
  await withStalled(requestIds.slice(0, 1), async () => {
    consumed = consumeAll(records);
    await eventually('the first request waits', 5_000, async () => (await countWaiting()) > 0 || undefined);
    // As long as others would need to overtake it.
    await sql`SELECT pg_sleep(0.3)`.execute(scene.db);
  });
  await consumed;
  return decisionsOf(scene, requestIds);
}

async function countWaiting(): Promise<number> {
  const { rows } = await sql<{ waiting: number }>`
    SELECT count(*) AS waiting FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'`.execute(scene.db);
  return rows[0]?.waiting ?? 0;
}

describe('the requests for one seat', () => {
  test('are decided in the order of their records: the first has it', async () => {
    const requestIds = await askInTurn(scene, hall, users, 'A-1');
    expect(await consume(await requestRecords(scene, hall))).toEqual([]);
    expect(await decisionsOf(scene, requestIds)).toEqual(firstWins(crowd));
  });

  test('wait for one another, however long the first takes', async () => {
    expect(await decideWithSlowFirst(consume)).toEqual(firstWins(crowd));
  });

  test('the control: decided side by side, they overtake the first', async () => {
    const decisions = await decideWithSlowFirst((records) =>
      Promise.all(records.map(({ key, value }) => decideRequest(scene.db, parseRequestRecord(key, value)))),
    );
    expect(decisions[0]).toBe('seat-unavailable');
    expect(decisions.filter((decision) => decision === 'held')).toHaveLength(1);
  });

  test('are decided by the order of the records, not by that in which they were made', async () => {
    const requestIds = await askInTurn(scene, hall, users, 'A-1');
    const records = (await requestRecords(scene, hall)).toReversed();
    await consume(records);
    expect(await decisionsOf(scene, requestIds.toReversed())).toEqual(firstWins(crowd));
  });
});

describe('seats', () => {
  const placesOf = (count: number) => ['A-1', 'A-2', 'A-3', 'A-4', 'A-5'].slice(0, count);

  async function askEach(places: readonly string[]): Promise<ReservationRequestId[]> {
    const requestIds: ReservationRequestId[] = [];
    for (const [index, place] of places.entries()) {
      const user = users[index];
      if (user !== undefined) requestIds.push(await ask(scene, hall, user, place));
    }
    return requestIds;
  }

  test('are decided side by side: one that is held up keeps no other waiting', async () => {
    const requestIds = await askEach(placesOf(5));
    const records = await requestRecords(scene, hall);
    let consumed: Promise<unknown> = Promise.resolve();
    await withStalled(requestIds.slice(0, seatsAtOnce - 1), async () => {
      consumed = consume(records);
      await eventually(
        'the others are decided',
        1_200,
        async () =>
          (await decisionsOf(scene, requestIds.slice(seatsAtOnce - 1))).every((d) => d === 'held') ||
          undefined,
      );
      expect((await decisionsOf(scene, requestIds))[0]).toBe('pending');
    });
    expect(await consumed).toEqual([]);
    expect(await decisionsOf(scene, requestIds)).toEqual(requestIds.map(() => 'held'));
  });

  test(`are decided ${seatsAtOnce} at a time and no more`, async () => {
    const requestIds = await askEach(placesOf(5));
    const records = await requestRecords(scene, hall);
    let consumed: Promise<unknown> = Promise.resolve();
    await withStalled(requestIds.slice(0, seatsAtOnce), async () => {
      consumed = consume(records);
      await eventually(
        'as many wait as may',
        1_200,
        async () => (await countWaiting()) === seatsAtOnce || undefined,
      );
      await sql`SELECT pg_sleep(0.2)`.execute(scene.db);
      expect(await decisionsOf(scene, requestIds)).toEqual(requestIds.map(() => 'pending'));
    });
    expect(await consumed).toEqual([]);
    expect(await decisionsOf(scene, requestIds)).toEqual(requestIds.map(() => 'held'));
  });
});

describe('a record that cannot be read', () => {
  test('holds up the later ones of its own seat alone, and those keep their order', async () => {
    const [first, poisoned, third, ...rest] = await askInTurn(scene, hall, users.slice(0, 5), 'A-1');
    const others = await askInTurn(scene, hall, users.slice(5, 8), 'A-2');
    if (first === undefined || poisoned === undefined || third === undefined)
      throw new Error('five were made');
    const good = await requestRecords(scene, hall);
    const records = good.map((record) => (record.offset === '1' ? { ...record, value: '{' } : record));
    expect(await consume(records)).toEqual(['1', '2', '3', '4']);
    const [head, ...behindIt] = await decisionsOf(scene, [first, poisoned, third, ...rest]);
    expect([head, new Set(behindIt)]).toEqual(['held', new Set(['pending'])]);
    expect(await decisionsOf(scene, others)).toEqual(firstWins(3));
    // Once it has been put aside, those behind it go on.
    expect(await consume(records.filter(({ offset }) => Number(offset) > 1))).toEqual([]);
    const behind = await decisionsOf(scene, [third, ...rest]);
    expect(behind).toEqual(behind.map(() => 'seat-unavailable'));
    // And it itself is decided when it is sent again.
    expect(await consume(good.slice(1, 2))).toEqual([]);
    expect(await decisionsOf(scene, [poisoned])).toEqual(['seat-unavailable']);
  });

  test.each([
    ['without key and value', { key: '', value: '' }],
    ['about a request that nobody made', { key: 'nowhere', value: '{"requestId":"x","seatId":"nowhere"}' }],
  ])('%s fails alone', async (_, stray) => {
    const requestIds = await askInTurn(scene, hall, users.slice(0, 1), 'A-1');
    const records = [{ ...stray, offset: '9' }, ...(await requestRecords(scene, hall))];
    expect(await consume(records)).toEqual(['9']);
    expect(await decisionsOf(scene, requestIds)).toEqual(['held']);
  });
});

const wishes = fc.array(fc.tuple(fc.nat(3), fc.constantFrom('A-1', 'A-2', 'A-3')), {
  minLength: 4,
  maxLength: 16,
});

test('whatever comes again, and to whomever, each seat goes to the first of its records', async () => {
  const seed = testSeed('deliveries of requests');
  await fc.assert(
    fc.asyncProperty(wishes, redeliveries, async (asked, schedule) => {
      hall = await openHall(scene, { maxSeatsPerUser: 20 });
      users = await admitUsers(scene, hall, 4);
      const requestIds: ReservationRequestId[] = [];
      for (const [index, place] of asked) {
        const user = users[index];
        if (user !== undefined) requestIds.push(await ask(scene, hall, user, place));
      }
      const records = await requestRecords(scene, hall);
      for (const atOnce of batchesOf(records, schedule))
        expect((await Promise.all(atOnce.map((batch) => consume(batch)))).flat()).toEqual([]);
      const places = asked.map(([, place]) => place);
      const expected = places.map((place, index) =>
        places.indexOf(place) === index ? 'held' : 'seat-unavailable',
      );
      expect(await decisionsOf(scene, requestIds)).toEqual(expected);
      const events = (await eventsOf(scene, hall)).map(({ type, data }) => `${type} ${data.version}`);
      expect(events).toEqual([...new Set(places)].map(() => 'seat.held 1'));
    }),
    { seed, numRuns: 25, endOnFailure: true },
  );
}, 120_000);

test('a batch whose time is over is left alone, and comes again whole', async () => {
  const requestIds = await askInTurn(scene, hall, users.slice(0, 2), 'A-1');
  const records = await requestRecords(scene, hall);
  expect(await consume(records, 0)).toEqual(['0', '1']);
  expect(await decisionsOf(scene, requestIds)).toEqual(['pending', 'pending']);
  expect(await consume(records)).toEqual([]);
  expect(await consume([])).toEqual([]);
});

test('an outage of Postgres is waited out, and costs nobody the turn', async () => {
  const requestIds = await askInTurn(scene, hall, users, 'A-1');
  const records = await requestRecords(scene, hall);
  const { proxy, url } = await proxied(scene.databaseUrl);
  const db = createDatabase({ url, poolMax: 2 });
  try {
    await proxy.set({ kind: 'refuse' });
    const consumed = consumeRequests(db, records, performance.now() + 10_000);
    await sql`SELECT pg_sleep(0.7)`.execute(scene.db);
    expect(await decisionsOf(scene, requestIds)).toEqual(requestIds.map(() => 'pending'));
    await proxy.set({ kind: 'none' });
    expect(await consumed).toEqual([]);
  } finally {
    await db.destroy();
    await proxy.close();
  }
  expect(await decisionsOf(scene, requestIds)).toEqual(firstWins(crowd));
});
