import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { startFaultProxy } from '../../test/contract/fault-proxy.ts';
import { testServices, testTopic } from '../../test/services.ts';
import { DependencyError } from '../errors.ts';
import { deliveredOn, expectInOrder } from '../testing/deliveries.ts';
import { countUnpublished, writeOutbox } from '../testing/outbox-rows.ts';
import { failureOf } from '../testing/race.ts';
import { useScene } from '../testing/scene.ts';
import { eventsOf, tellStory } from '../testing/stories.ts';
import { readTopic } from '../testing/topic.ts';
import { createPublisher, type Publisher } from './kafka.ts';
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
    await failureOf(relayBatch(services({ publisher: dying(1) }), lease));
    expect(await unpublished()).toBe(before);
    const later = await tellStory(scene);
    const all = before + (await eventsOf(scene, later.hall)).length;
    expect(await relayBatch(services(), lease)).toBe(all);
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
    const broken = createPublisher({ brokers: [`${proxy.host}:${proxy.port}`] });
    let attempts = 0;
    const through: Publisher = {
      close: () => broken.close(),
      publish: (...sent) => {
        attempts += 1;
        return broken.publish(...sent);
      },
    };
    try {
      const first = await tellStory(scene);
      expect(await relayBatch(services({ publisher: through }), lease)).toBe(
        (await eventsOf(scene, first.hall)).length,
      );
      await lease.giveUp();
      await proxy.set({ kind: 'refuse' });
      const second = await tellStory(scene);
      const relaying = relayOutbox(services({ publisher: through }), performance.now() + 8_000);
      await sleep(2_000);
      await proxy.set({ kind: 'none' });
      expect(await relaying).toBe((await eventsOf(scene, second.hall)).length);
      // A second or more between those in vain: the outage is waited out, not run against.
      expect(attempts).toBeLessThan(8);
      expectInOrder(await deliveredOn(topic));
    } finally {
      await through.close();
      await proxy.close();
    }
  }, 30_000);

  test('an answer that is lost: told as a failure, and nothing is sent again behind the back of the relay', async () => {
    const [host = '', port] = (await testServices()).kafkaBrokers.split(',')[0]?.split(':') ?? [];
    const proxy = await startFaultProxy({ host, port: Number(port) }, { rewriteReplies: true });
    const through = createPublisher({ brokers: [`${proxy.host}:${proxy.port}`] });
    try {
      await through.publish(topic, [{ key: 'A-1', value: 'before' }], 4_000);
      const lost = proxy.loseReplyTo(/once/);
      const failure = await failureOf(through.publish(topic, [{ key: 'A-1', value: 'once' }], 4_000));
      expect(failure).toMatchObject({ name: 'DependencyError', dependency: 'kafka' });
      await lost;
      await through.publish(topic, [{ key: 'A-1', value: 'after' }], 4_000);
      expect((await readTopic(topic)).map(({ value }) => value)).toEqual(['before', 'once', 'after']);
    } finally {
      await through.close();
      await proxy.close();
    }
  }, 20_000);

  test('at an address where nobody listens: a DependencyError, and nothing is marked', async () => {
    await tellStory(scene);
    const before = await unpublished();
    const lost = createPublisher({ brokers: ['127.0.0.1:1'] });
    const failure = await failureOf(relayBatch(services({ publisher: lost }), lease));
    expect(failure).toMatchObject({ name: 'DependencyError', dependency: 'kafka' });
    expect(await unpublished()).toBe(before);
    await lost.close();
  }, 20_000);
});

describe('one topic that cannot be published to', () => {
  test('holds up none of the others, however much of it is older, and is published in order when it can be', async () => {
    await writeOutbox(scene.db, { topic: 'reservation-requests', from: 1, to: 1_200 });
    await writeOutbox(scene.db, { from: 1, to: 1_200 });
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
