import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { eventually } from '../../test/contract/eventually.ts';
import { startFaultProxy } from '../../test/contract/fault-proxy.ts';
import { testServices, testTopic } from '../../test/services.ts';
import { testProcess } from '../testing/child-process.ts';
import { deliveredOn, expectInOrder } from '../testing/deliveries.ts';
import { countUnpublished, writeOutbox } from '../testing/outbox-rows.ts';
import { failureOf } from '../testing/race.ts';
import { useScene } from '../testing/scene.ts';
import { testSeed } from '../testing/seed.ts';
import { readTopic } from '../testing/topic.ts';
import { createPublisher, type Publisher } from './kafka.ts';
import { RelayLease, RelayLeaseLostError } from './relay-lease.ts';
import { relayBatch } from './relay-outbox.ts';

const relayProgram = join(import.meta.dirname, '../testing/relay-process.ts');
const events = 'reservation-events';

const scene = useScene();
let publisher: Publisher;
let broker: string;
let topic: string;

beforeAll(async () => {
  broker = (await testServices()).kafkaBrokers;
  publisher = createPublisher({ brokers: broker.split(',') });
});
afterAll(() => publisher.close());
beforeEach(async () => {
  await sql`DELETE FROM outbox`.execute(scene.db);
  await sql`DELETE FROM relay_leases`.execute(scene.db);
  topic = await testTopic('lease');
});

const services = (own: Publisher = publisher) => ({
  db: scene.db,
  publisher: own,
  topics: { 'reservation-events': topic, 'reservation-requests': topic },
});
const newLease = (leaseMs?: number) => new RelayLease(scene.db, events, leaseMs);
const recordsOn = async () => (await readTopic(topic)).length;

describe('the lease on a topic', () => {
  test('has one holder, whose fence stays until another takes it', async () => {
    const [first, second] = [newLease(400), newLease(400)];
    expect(await first.keep()).toMatchObject({ fence: 1 });
    expect(await second.keep()).toBeUndefined();
    await sleep(250);
    expect(await first.keep()).toMatchObject({ fence: 1 });
    await sleep(250);
    expect(await second.keep()).toBeUndefined();
    expect((await eventually('it ends', 2_000, () => second.keep()))?.fence).toBe(2);
    expect(await first.keep()).toBeUndefined();
  });

  test('is not asked for again while most of it is left', async () => {
    const lease = newLease(10_000);
    const turn = await lease.keep();
    await sql`DELETE FROM relay_leases`.execute(scene.db);
    expect(await lease.keep()).toBe(turn);
    expect(turn?.remainingMs()).toBeGreaterThan(9_000);
  });

  test('is given up to the next at once, and only by its holder', async () => {
    const [first, second] = [newLease(), newLease()];
    await first.keep();
    await second.giveUp();
    expect(await second.keep()).toBeUndefined();
    await first.giveUp();
    expect(await second.keep()).toMatchObject({ fence: 2 });
  });

  test('goes to one of many who want it at once', async () => {
    const turns = await Promise.all(Array.from({ length: 10 }, () => newLease().keep()));
    expect(turns.filter((turn) => turn !== undefined)).toHaveLength(1);
  });

  test('of one topic is no business of the other', async () => {
    await newLease().keep();
    expect(await new RelayLease(scene.db, 'reservation-requests').keep()).toBeDefined();
  });
});

describe('a relay that was replaced', () => {
  test('while it read publishes nothing', async () => {
    await writeOutbox(scene.db, { from: 1, to: 7 });
    const relaying = scene.db.transaction().execute(async (tx) => {
      await sql`LOCK TABLE outbox`.execute(tx);
      const failure = failureOf(relayBatch(services(), newLease(300)));
      await sleep(600);
      return { failure };
    });
    expect(await (await relaying).failure).toBeInstanceOf(RelayLeaseLostError);
    expect(await recordsOn()).toBe(0);
  });

  /** Publishes, and meanwhile another relay takes the topic and dies. */
  const replaced = (): Publisher => ({
    close: async () => {},
    publish: async (...sent) => {
      await publisher.publish(...sent);
      await eventually('the next relay', 2_000, () => newLease(300).keep());
    },
  });

  test('while it published marks nothing: the next publishes all of it again', async () => {
    await writeOutbox(scene.db, { from: 1, to: 7 });
    const failure = await failureOf(relayBatch(services(replaced()), newLease(300)));
    expect(failure).toBeInstanceOf(RelayLeaseLostError);
    expect(await countUnpublished(scene.db)).toBe(7);
    const next = newLease();
    await eventually('the lease of the dead ends', 2_000, () => next.keep());
    expect(await relayBatch(services(), next)).toBe(7);
    expectInOrder(await deliveredOn(topic));
    expect(await recordsOn()).toBe(14);
  });

  test('stopped for longer than its lease, its batch lost in the network and found again: the order stays', async () => {
    const [host = '', port] = broker.split(':');
    const proxy = await startFaultProxy({ host, port: Number(port) }, { rewriteReplies: true });
    const leaseMs = 1_000;
    const relay = testProcess(relayProgram, scene.databaseUrl, `127.0.0.1:${proxy.port}`, topic, leaseMs);
    try {
      await writeOutbox(scene.db, { from: 1, to: 7 });
      await relay.hears('sent 7');
      await proxy.set({ kind: 'black-hole' });
      await writeOutbox(scene.db, { from: 8, to: 21 });
      await relay.hears('sending 14');
      await sleep(300);
      relay.signal('SIGSTOP');
      await writeOutbox(scene.db, { from: 22, to: 70 });
      const next = newLease(leaseMs);
      await eventually('the next relay', 5_000, () => next.keep());
      expect(await relayBatch(services(), next)).toBe(63);
      await next.giveUp();
      await proxy.set({ kind: 'none' });
      await eventually('the lost batch', 5_000, async () => ((await recordsOn()) >= 84 ? true : undefined));
      relay.signal('SIGCONT');
      await writeOutbox(scene.db, { from: 71, to: 98 });
      await relay.hears('sent 28');
    } finally {
      await relay.end();
      await proxy.close();
    }
    const delivered = await deliveredOn(topic);
    expectInOrder(delivered);
    expect(delivered.map(({ first }) => first.length)).toEqual(Array.from({ length: 7 }, () => 14));
    expect(await countUnpublished(scene.db)).toBe(0);
  }, 60_000);
});

describe('relays that no lease keeps apart', () => {
  /** Everybody's lease at once: what is left is how a batch is read, published and marked. */
  const noLease = { topic: events, keep: async () => ({ fence: 1, remainingMs: () => 60_000 }) } as const;

  beforeEach(() =>
    sql`INSERT INTO relay_leases VALUES (${events}, 'everybody', 1, now() + interval '1 hour')`.execute(
      scene.db,
    ),
  );

  test('repeat batches, and still the first delivery of each record keeps the order of its seat', async () => {
    let state = testSeed('relays');
    const chance = () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state / 2 ** 32;
    };
    const stumbling: Publisher = {
      close: async () => {},
      publish: async (...sent) => {
        await sleep(chance() * 60);
        await publisher.publish(...sent);
        await sleep(chance() * 60);
        if (chance() < 0.2) throw new Error('the process died');
      },
    };
    let written = 0;
    const isDone = async () => written >= 700 && (await countUnpublished(scene.db)) === 0;
    const write = async () => {
      for (; written < 700; written += 70) {
        await writeOutbox(scene.db, { from: written + 1, to: written + 70 });
        await sleep(chance() * 80);
      }
    };
    const relay = async () => {
      while (!(await isDone())) await relayBatch(services(stumbling), noLease).catch(() => undefined);
    };
    await Promise.all([write(), relay(), relay(), relay()]);
    const delivered = await deliveredOn(topic);
    expectInOrder(delivered);
    expect(delivered.map(({ first }) => first.length)).toEqual(Array.from({ length: 7 }, () => 100));
    expect(await recordsOn()).toBeGreaterThan(700);
  }, 60_000);

  test('the control: marked before they are published, records overtake each other', async () => {
    const marked = async () => {
      const kept: Parameters<Publisher['publish']>[] = [];
      const keeping: Publisher = { close: async () => {}, publish: async (...sent) => void kept.push(sent) };
      await relayBatch(services(keeping), noLease);
      return async () => {
        for (const sent of kept) await publisher.publish(...sent);
      };
    };
    await writeOutbox(scene.db, { from: 1, to: 7 });
    const publishFirst = await marked();
    await writeOutbox(scene.db, { from: 8, to: 14 });
    const publishSecond = await marked();
    await publishSecond();
    await publishFirst();
    const delivered = await deliveredOn(topic);
    expect(delivered.map(({ first }) => first)).toEqual(Array.from({ length: 7 }, () => [2, 1]));
    expect(() => expectInOrder(delivered)).toThrow('toEqual');
  });
});
