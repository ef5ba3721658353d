import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import kafkajs, { type Kafka } from 'kafkajs';
import { sql } from 'kysely';
import { applyEvent } from '../../lib/events/apply-event.ts';
import { createPublisher, type Publisher } from '../../lib/events/kafka.ts';
import { RelayLease } from '../../lib/events/relay-lease.ts';
import { relayBatch } from '../../lib/events/relay-outbox.ts';
import { readSeatMap } from '../../lib/seats/read-seat-map.ts';
import { openHall, points, seatId } from '../../lib/testing/people.ts';
import { useScene } from '../../lib/testing/scene.ts';
import { eventsOf, madeUpEvent, type Story, tellStory } from '../../lib/testing/stories.ts';
import { testServices, testTopic } from '../../test/services.ts';
import { checkProjection } from './check-projection.ts';
import { rebuildFromPostgres } from './rebuild-from-postgres.ts';
import { rebuildFromTopic } from './rebuild-from-topic.ts';

const scene = useScene();
let kafka: Kafka;
let publisher: Publisher;

beforeAll(async () => {
  const brokers = (await testServices()).kafkaBrokers.split(',');
  kafka = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING });
  publisher = createPublisher({ brokers });
});
afterAll(() => publisher.close());

let story: Story;
beforeEach(async () => {
  await sql`DELETE FROM outbox`.execute(scene.db);
  story = await tellStory(scene);
  await consume(story);
});

async function consume({ hall }: Story): Promise<void> {
  for (const event of await eventsOf(scene, hall)) await applyEvent(scene.db, event);
}

async function expectWhole({ hall, statuses }: Story): Promise<void> {
  const { items } = await readSeatMap(scene.db, hall.performanceId);
  const shown = items.map(({ row, number, status }) => [`${row}-${number}`, status]);
  const untouched = Object.fromEntries(shown.map(([place]) => [place, 'available']));
  expect(Object.fromEntries(shown)).toEqual({ ...untouched, ...statuses });
  const { rows } = await sql<{ row: string; seat: string }>`
    SELECT seats.version || ' ' || seats.status AS seat, seat_map.version || ' ' || seat_map.status AS row
    FROM seats FULL JOIN seat_map USING (seat_id)
    WHERE seats.performance_id = ${hall.performanceId} AND (seats.version > 0 OR seat_map.version IS NOT NULL)`.execute(
    scene.db,
  );
  expect(rows.length).toBe(3);
  for (const { row, seat } of rows) expect(row).toBe(seat);
}

const ticketsOf = async ({ reservationId }: Story) =>
  (
    await sql`SELECT ticket_id, seat_id FROM tickets WHERE reservation_id = ${reservationId} ORDER BY seat_id`.execute(
      scene.db,
    )
  ).rows;

const breakages = {
  'a map that is lost': sql`DELETE FROM seat_map`,
  'a row with another state': sql`UPDATE seat_map SET status = 'available' WHERE status = 'sold'`,
  'a row with another hold': sql`UPDATE seat_map SET hold_id = 'another' WHERE status = 'held'`,
  'a row that is behind': sql`UPDATE seat_map SET version = version - 1`,
  'a row that is ahead': sql`UPDATE seat_map SET version = version + 5`,
  'a row of a seat without events': sql`
    INSERT INTO seat_map SELECT seat_id, performance_id, 'sold', NULL, 1, now() FROM seats
    WHERE version = 0 LIMIT 1`,
  'tickets that are lost': sql`DELETE FROM tickets`,
};

describe('a rebuild from Postgres', () => {
  test.each(Object.entries(breakages))(
    'puts right %s, and the check finds it before',
    async (_, breakage) => {
      const tickets = await ticketsOf(story);
      expect(tickets).toHaveLength(1);
      expect(await checkProjection(scene.db, 0)).toEqual([]);
      await breakage.execute(scene.db);
      expect((await checkProjection(scene.db, 0)).length).toBeGreaterThan(0);
      const { seats, tickets: issued } = await rebuildFromPostgres(scene.db);
      expect(seats + issued).toBeGreaterThan(0);
      await expectWhole(story);
      expect(await ticketsOf(story)).toEqual(tickets);
      expect(await checkProjection(scene.db, 0)).toEqual([]);
      expect(await rebuildFromPostgres(scene.db)).toEqual({ seats: 0, tickets: 0 });
    },
  );

  test('leaves alone what is right, and what comes after it goes on', async () => {
    const later = await tellStory(scene);
    await rebuildFromPostgres(scene.db);
    await expectWhole(later);
    await consume(later);
    await expectWhole(later);
  });
});

describe('while the sale goes on', () => {
  /** Looks at the map again and again: says where a version went back, or a row away. */
  async function watch(until: () => boolean): Promise<string[]> {
    const seen = new Map<string, number>();
    const faults: string[] = [];
    while (!until()) {
      const { rows } = await sql<{ seat_id: string; version: number }>`
        SELECT seat_id, version FROM seat_map`.execute(scene.db);
      const now = new Map(rows.map((row) => [row.seat_id, row.version]));
      for (const [seat, version] of seen)
        if ((now.get(seat) ?? 0) < version) faults.push(`${seat}: ${version} became ${now.get(seat)}`);
      for (const [seat, version] of now) seen.set(seat, version);
      await sleep(1);
    }
    return faults;
  }

  /** Sells, consumes and rebuilds side by side, and watches. */
  async function sellBeside(rebuild: () => Promise<unknown>): Promise<string[]> {
    let isOver = false;
    const goesOn = () => !isOver;
    const selling = async () => {
      const stories: Story[] = [];
      for (let count = 0; count < 6; count += 1) {
        const next = await tellStory(scene);
        stories.push(next);
        await consume(next);
      }
      isOver = true;
      return stories;
    };
    const rebuilding = async () => {
      while (goesOn()) await rebuild();
    };
    const [stories, , faults] = await Promise.all([selling(), rebuilding(), watch(() => isOver)]);
    for (const each of stories) await expectWhole(each);
    return faults;
  }

  test('no row of the map goes back or away', async () => {
    expect(await sellBeside(() => rebuildFromPostgres(scene.db))).toEqual([]);
  }, 60_000);

  test('the control: a map that is emptied and filled shows gaps', async () => {
    const emptied = async () => {
      await sql`DELETE FROM seat_map`.execute(scene.db);
      await sleep(3);
      await rebuildFromPostgres(scene.db);
    };
    expect((await sellBeside(emptied)).length).toBeGreaterThan(0);
  }, 60_000);
});

describe('a check of more faults than it looks at together', () => {
  test('goes on to the rest when those have come right', async () => {
    const hall = await openHall(scene, { seats: { rows: 60, seatsPerRow: 20, price: points(100) } });
    await sql`UPDATE seats SET version = 1 WHERE performance_id = ${hall.performanceId}`.execute(scene.db);
    const checking = checkProjection(scene.db, 3_000);
    await sleep(200);
    await sql`
      INSERT INTO seat_map SELECT seat_id, performance_id, status, hold_id, version, now() FROM seats
      WHERE performance_id = ${hall.performanceId} ORDER BY seat_id LIMIT 1_100`.execute(scene.db);
    expect(await checking).toHaveLength(100);
  });
});

describe('a rebuild from the topic', () => {
  test('leads to the same map and the same tickets, past what is no event', async () => {
    const topic = await testTopic('rebuild');
    const topics = { 'reservation-events': topic, 'reservation-requests': topic };
    const lease = new RelayLease(scene.db, 'reservation-events');
    const stray = madeUpEvent('seat.held', seatId('nowhere'), story.hall, 1);
    const bad = ['no event', JSON.stringify(stray)].map((value) => ({ key: 'seat', value }));
    await publisher.publish(topic, bad, 5_000);
    const published = await relayBatch({ db: scene.db, publisher, topics }, lease);
    await lease.giveUp();
    const tickets = await ticketsOf(story);
    await sql`DELETE FROM seat_map`.execute(scene.db);
    await sql`DELETE FROM tickets`.execute(scene.db);
    expect(await rebuildFromTopic(scene.db, kafka, topic)).toEqual({ events: published, unreadable: 2 });
    await expectWhole(story);
    expect(await ticketsOf(story)).toEqual(tickets);
    // Once more changes nothing, and never turns the map back.
    await rebuildFromTopic(scene.db, kafka, topic);
    await expectWhole(story);
  }, 60_000);

  test('of a topic without records is nothing', async () => {
    const topic = await testTopic('rebuild');
    expect(await rebuildFromTopic(scene.db, kafka, topic)).toEqual({ events: 0, unreadable: 0 });
  });
});
