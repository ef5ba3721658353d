import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { startFaultProxy } from '../../test/contract/fault-proxy.ts';
import { testServices, testTopic } from '../../test/services.ts';
import { DependencyError } from '../errors.ts';
import { deliveredOn, expectInOrder } from '../testing/deliveries.ts';
import { failureOf } from '../testing/race.ts';
import { useScene } from '../testing/scene.ts';
import { eventsOf, tellStory } from '../testing/stories.ts';
import { createPublisher, type Publisher } from './kafka.ts';
import { relayBatch, relayOutbox } from './relay-outbox.ts';

const scene = useScene();
let publisher: Publisher;
let topic: string;

beforeAll(async () => {
  publisher = createPublisher({ brokers: (await testServices()).kafkaBrokers.split(',') });
});
afterAll(() => publisher.close());
beforeEach(async () => {
  await sql`DELETE FROM outbox`.execute(scene.db);
  topic = await testTopic('relay');
});

const services = (changes: { publisher?: Publisher } = {}) => ({
  db: scene.db,
  publisher,
  topics: { 'reservation-events': topic, 'reservation-requests': `${topic}-requests` },
  ...changes,
});
const unpublished = async () => {
  const { count } = await scene.db
    .selectFrom('outbox')
    .select(sql<number>`count(*)`.as('count'))
    .where('published_at', 'is', null)
    .executeTakeFirstOrThrow();
  return count;
};

describe('a crash between publishing and marking', () => {
  /** Publishes, and then dies so many times. */
  const dying = (deaths: number): Publisher => ({
    close: () => Promise.resolve(),
    publish: async (...sent) => {
      await publisher.publish(...sent);
      deaths -= 1;
      if (deaths >= 0) throw new Error('the process died');
    },
  });

  test('repeats records, and the first delivery of each keeps the order of its seat', async () => {
    const { hall } = await tellStory(scene);
    const before = (await eventsOf(scene, hall)).length;
    await failureOf(relayBatch(services({ publisher: dying(1) }), 'reservation-events'));
    expect(await unpublished()).toBe(before);
    const later = await tellStory(scene);
    const all = before + (await eventsOf(scene, later.hall)).length;
    expect(await relayBatch(services(), 'reservation-events')).toBe(all);
    const delivered = await deliveredOn(topic);
    expectInOrder(delivered);
    expect(delivered.reduce((sum, { count }) => sum + count, 0)).toBe(before + all);
  });
});

describe('Kafka away', () => {
  test('leaves the outbox as it is, and is waited out', async () => {
    const { hall } = await tellStory(scene);
    const events = await eventsOf(scene, hall);
    let outages = 2;
    const returning: Publisher = {
      close: () => Promise.resolve(),
      publish: (...sent) => {
        outages -= 1;
        return outages >= 0
          ? Promise.reject(new DependencyError('kafka', new Error('no broker')))
          : publisher.publish(...sent);
      },
    };
    expect(await relayOutbox(services({ publisher: returning }), performance.now() + 4_000)).toBe(
      events.length,
    );
    expectInOrder(await deliveredOn(topic));
  });

  test('for real: the broker goes and comes back', async () => {
    const [host = '', port] = (await testServices()).kafkaBrokers.split(',')[0]?.split(':') ?? [];
    const proxy = await startFaultProxy({ host, port: Number(port) }, { rewriteReplies: true });
    const through = createPublisher({ brokers: [`${proxy.host}:${proxy.port}`] });
    try {
      const first = await tellStory(scene);
      expect(await relayBatch(services({ publisher: through }), 'reservation-events')).toBe(
        (await eventsOf(scene, first.hall)).length,
      );
      await proxy.set({ kind: 'refuse' });
      const second = await tellStory(scene);
      const relaying = relayOutbox(services({ publisher: through }), performance.now() + 8_000);
      await sleep(2_000);
      await proxy.set({ kind: 'none' });
      expect(await relaying).toBe((await eventsOf(scene, second.hall)).length);
      expectInOrder(await deliveredOn(topic));
    } finally {
      await through.close();
      await proxy.close();
    }
  }, 30_000);

  test('at an address where nobody listens: a DependencyError, and nothing is marked', async () => {
    await tellStory(scene);
    const before = await unpublished();
    const lost = createPublisher({ brokers: ['127.0.0.1:1'] });
    const failure = await failureOf(relayBatch(services({ publisher: lost }), 'reservation-events'));
    expect(failure).toMatchObject({ name: 'DependencyError', dependency: 'kafka' });
    expect(await unpublished()).toBe(before);
    await lost.close();
  }, 20_000);
});

describe('one topic that cannot be published to', () => {
  const write = (name: string, count: number) =>
    sql`
      INSERT INTO outbox (event_id, topic, key, payload)
      SELECT ${name} || n, ${name}, 'seat-' || n % 7, '{"data":{"version":' || (n - 1) / 7 + 1 || '}}'
      FROM generate_series(1, ${count}::int) AS n`.execute(scene.db);

  test('holds up none of the others, however much of it is older, and is published in order when it can be', async () => {
    await write('reservation-requests', 1_200);
    await write('reservation-events', 1_200);
    // There is no topic for the requests yet.
    expect(await relayOutbox(services(), performance.now() + 3_000)).toBe(1_200);
    expectInOrder(await deliveredOn(topic));
    expect(await unpublished()).toBe(1_200);
    await testTopic('relay', { topic: `${topic}-requests` });
    expect(await relayOutbox(services(), performance.now() + 4_000)).toBe(1_200);
    expectInOrder(await deliveredOn(`${topic}-requests`));
    expect(await unpublished()).toBe(0);
  }, 40_000);
});
