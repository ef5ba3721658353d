import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { testServices, testTopic } from '../../test/services.ts';
import { deliveredOn, expectInOrder } from '../testing/deliveries.ts';
import { countUnpublished, writeOutbox } from '../testing/outbox-rows.ts';
import { useScene } from '../testing/scene.ts';
import { eventsOf, tellStory } from '../testing/stories.ts';
import { readTopic } from '../testing/topic.ts';
import { createPublisher, type OutgoingRecord, type Publisher } from './kafka.ts';
import { purgeOutbox } from './purge-outbox.ts';
import { RelayLease } from './relay-lease.ts';
import { relayBatch, relayOutbox } from './relay-outbox.ts';

const scene = useScene();
let publisher: Publisher;
let topic: string;
let lease: RelayLease;

beforeAll(async () => {
  publisher = createPublisher({ brokers: (await testServices()).kafkaBrokers.split(',') });
});
afterAll(() => publisher.close());
beforeEach(async () => {
  await sql`DELETE FROM outbox`.execute(scene.db);
  topic = await testTopic('relay');
  lease = new RelayLease(scene.db, 'reservation-events');
});
afterEach(() => lease.giveUp());

const services = (changes: { publisher?: Publisher } = {}) => ({
  db: scene.db,
  publisher,
  topics: { 'reservation-events': topic, 'reservation-requests': `${topic}-requests` },
  ...changes,
});
const unpublished = () => countUnpublished(scene.db);

describe('the relay', () => {
  test('publishes everything once, keyed by seat, in the order of each seat, and marks it', async () => {
    const { hall } = await tellStory(scene);
    const events = await eventsOf(scene, hall);
    expect(await relayBatch(services(), lease)).toBe(events.length);
    expect(await unpublished()).toBe(0);
    expect(await relayBatch(services(), lease)).toBe(0);
    const delivered = await deliveredOn(topic);
    expectInOrder(delivered);
    expect(delivered.reduce((sum, { count }) => sum + count, 0)).toBe(events.length);
    const values = (await readTopic(topic)).map(({ value }) => JSON.parse(value) as unknown);
    expect(values).toHaveLength(events.length);
    expect(values).toEqual(expect.arrayContaining(events));
  });

  test('publishes no more than a batch at once, and the rest in the next, in order', async () => {
    await writeOutbox(scene.db, { from: 1, to: 1_200 });
    expect([
      await relayBatch(services(), lease),
      await relayBatch(services(), lease),
      await relayBatch(services(), lease),
    ]).toEqual([500, 500, 200]);
    expectInOrder(await deliveredOn(topic));
  });

  test('drains until its deadline, and waits for what comes', async () => {
    const relaying = relayOutbox(services(), performance.now() + 1_500);
    const { hall } = await tellStory(scene);
    const events = await eventsOf(scene, hall);
    expect(await relaying).toBe(events.length);
    expectInOrder(await deliveredOn(topic));
  });

  test('two at once: one works at a time, and nothing is published twice', async () => {
    const { hall } = await tellStory(scene);
    let working = 0;
    let most = 0;
    const counting: Publisher = {
      close: () => Promise.resolve(),
      publish: async (...sent) => {
        working += 1;
        most = Math.max(most, working);
        await publisher.publish(...sent).finally(() => (working -= 1));
      },
    };
    const untilMs = performance.now() + 1_500;
    const relays = [1, 2, 3].map(() => relayOutbox(services({ publisher: counting }), untilMs));
    const counts = await Promise.all(relays);
    const events = await eventsOf(scene, hall);
    expect(counts.reduce((sum, count) => sum + count)).toBe(events.length);
    expect(most).toBe(1);
    expect(await readTopic(topic)).toHaveLength(events.length);
  });

  test('publishes nothing of a transaction that is not committed', async () => {
    await scene.db.transaction().execute(async (tx) => {
      await sql`INSERT INTO outbox (event_id, topic, key, payload) VALUES ('e', 'reservation-events', 'k', '{}')`.execute(
        tx,
      );
      expect(await relayBatch(services(), lease)).toBe(0);
    });
    expect(await relayBatch(services(), lease)).toBe(1);
  });

  test('publishes what was written earlier and committed later than the rest', async () => {
    await scene.db.transaction().execute(async (tx) => {
      await sql`INSERT INTO outbox (event_id, topic, key, payload) VALUES ('early', 'reservation-events', 'a', '{}')`.execute(
        tx,
      );
      await sql`INSERT INTO outbox (event_id, topic, key, payload) VALUES ('late', 'reservation-events', 'b', '{}')`.execute(
        scene.db,
      );
      expect(await relayBatch(services(), lease)).toBe(1);
    });
    expect(await relayBatch(services(), lease)).toBe(1);
    expect((await readTopic(topic)).map(({ key }) => key).toSorted()).toEqual(['a', 'b']);
  });
});

test('published records are kept for a day', async () => {
  await sql`
    INSERT INTO outbox (event_id, topic, key, payload, published_at) VALUES
      ('old', 'reservation-events', 'k', '{}', now() - interval '24 hours 1 minute'),
      ('new', 'reservation-events', 'k', '{}', now() - interval '23 hours'),
      ('none', 'reservation-events', 'k', '{}', NULL)`.execute(scene.db);
  expect(await purgeOutbox(scene.db)).toBe(1);
  expect(await purgeOutbox(scene.db)).toBe(0);
  const left = await scene.db.selectFrom('outbox').select('event_id').orderBy('event_id').execute();
  expect(left.map(({ event_id }) => event_id)).toEqual(['new', 'none']);
});

test('the control: a relay that goes by a cursor over the ids loses what is committed later', async () => {
  let cursor = 0;
  const published: string[] = [];
  /** The same SELECT, from where the last one ended. */
  const relayByCursor = async (records: OutgoingRecord[] = []) => {
    const rows = await scene.db
      .selectFrom('outbox')
      .select(['outbox_id', 'key'])
      .where('outbox_id', '>', cursor)
      .orderBy('outbox_id')
      .execute();
    for (const { outbox_id, key } of rows) {
      cursor = outbox_id;
      published.push(key);
    }
    return records;
  };
  await scene.db.transaction().execute(async (tx) => {
    await sql`INSERT INTO outbox (event_id, topic, key, payload) VALUES ('early', 'reservation-events', 'a', '{}')`.execute(
      tx,
    );
    await sql`INSERT INTO outbox (event_id, topic, key, payload) VALUES ('late', 'reservation-events', 'b', '{}')`.execute(
      scene.db,
    );
    await relayByCursor();
  });
  await relayByCursor();
  expect(published).toEqual(['b']);
});
