import { beforeEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { sql } from 'kysely';
import { batchesOf, redeliveries } from '../testing/redeliveries.ts';
import { useScene } from '../testing/scene.ts';
import { testSeed } from '../testing/seed.ts';
import { eventsOf, tellStory } from '../testing/stories.ts';
import { consumeBatch, type IncomingRecord } from './consume-batch.ts';
import { parseCloudEvent } from './seat-event.ts';

const scene = useScene();

/** Every event of a hall, as the records of one partition. */
let records: readonly IncomingRecord[];
beforeEach(async () => {
  const { hall } = await tellStory(scene);
  records = (await eventsOf(scene, hall)).map((event, offset) => ({
    key: event.subject,
    value: JSON.stringify(event),
    offset: String(offset),
  }));
});

type Consume = (batch: readonly IncomingRecord[]) => Promise<string[]>;
const consume: Consume = (batch) =>
  consumeBatch({ db: scene.db, cache: async () => scene }, batch, performance.now() + 5_000);

/** As the project's, without the comparison of versions. */
const consumeUnguarded: Consume = async (batch) => {
  for (const { value } of batch) {
    const { type, data } = parseCloudEvent(value);
    await sql`
      INSERT INTO seat_map (seat_id, performance_id, status, version, changed_at)
      VALUES (${data.seatId}, ${data.performanceId},
              ${type === 'seat.held' ? 'held' : type === 'reservation.completed' ? 'sold' : 'available'},
              ${data.version}, now())
      ON CONFLICT (seat_id) DO UPDATE SET status = excluded.status, version = excluded.version`.execute(
      scene.db,
    );
  }
  return [];
};

async function shown(): Promise<unknown> {
  const map = await sql`SELECT seat_id, status, version FROM seat_map ORDER BY seat_id`.execute(scene.db);
  const tickets = await sql`SELECT ticket_id, seat_id FROM tickets ORDER BY seat_id`.execute(scene.db);
  return { map: map.rows, tickets: tickets.rows };
}

async function forget(): Promise<void> {
  await sql`DELETE FROM seat_map`.execute(scene.db);
  await sql`DELETE FROM tickets`.execute(scene.db);
}

/** Where a partition goes back to what it had delivered up to there: whether that changed anything. */
async function changesAnything(consumeWith: Consume, upTo: number, backTo: number): Promise<boolean> {
  await forget();
  await consumeWith(records.slice(0, upTo));
  const before = await shown();
  await consumeWith(records.slice(backTo, upTo - 1));
  return JSON.stringify(await shown()) !== JSON.stringify(before);
}

/** Every pair of a place in the partition and one before it. */
const goings = () =>
  records.flatMap((_, index) => Array.from({ length: index }, (__, backTo) => [index + 1, backTo] as const));

test('from wherever a partition goes back, to wherever: nothing changes, and the rest leads to the same end', async () => {
  await forget();
  expect(await consume(records)).toEqual([]);
  const end = await shown();
  expect(goings().length).toBeGreaterThan(50);
  for (const [upTo, backTo] of goings()) {
    expect([upTo, backTo, await changesAnything(consume, upTo, backTo)]).toEqual([upTo, backTo, false]);
    expect(await consume(records.slice(upTo))).toEqual([]);
    expect(await shown()).toEqual(end);
  }
}, 60_000);

test('which a consumer that does not compare versions turns back', async () => {
  let turnedBack = 0;
  for (const [upTo, backTo] of goings())
    if (await changesAnything(consumeUnguarded, upTo, backTo)) turnedBack += 1;
  expect(turnedBack).toBeGreaterThan(goings().length / 4);
}, 60_000);

test('whatever comes again, and to whomever, leads to the same end', async () => {
  await forget();
  expect(await consume(records)).toEqual([]);
  const end = await shown();
  const property = fc.asyncProperty(redeliveries, async (schedule) => {
    await forget();
    for (const atOnce of batchesOf(records, schedule))
      expect((await Promise.all(atOnce.map(consume))).flat()).toEqual([]);
    expect(await shown()).toEqual(end);
  });
  await fc.assert(property, { seed: testSeed('redeliveries'), numRuns: 60, endOnFailure: true });
}, 120_000);
