import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import kafkajs, { type Kafka, type KafkaMessage } from 'kafkajs';
import { failureOf } from '../../lib/testing/race.ts';
import { readTopic } from '../../lib/testing/topic.ts';
import { testServices, testTopic } from '../../test/services.ts';
import { DeadLetters } from '../local/offline/dead-letters.ts';
import { deadLetterTopicOf } from '../topics.ts';
import { RangeReadingError } from './read-range.ts';
import { type DeadLetter, type ReplayOptions, replayDeadLetters } from './replay-dead-letters.ts';
import { parseRange, replayRecords } from './replay-records.ts';
import { UsageError } from './usage-error.ts';

let kafka: Kafka;
let deadLetters: DeadLetters;
let topic: string;
let heard: DeadLetter[];

beforeAll(async () => {
  const brokers = (await testServices()).kafkaBrokers.split(',');
  kafka = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING });
  deadLetters = new DeadLetters(kafka);
}, 120_000);
afterAll(() => deadLetters.close());
beforeEach(async () => {
  heard = [];
  topic = await testTopic('replay');
  await testTopic('replay', { topic: deadLetterTopicOf(topic), partitions: 1 });
});

/** Sets records of three seats aside as the consumer does. */
async function setAside(from: number, to: number, source = topic): Promise<void> {
  for (let n = from; n <= to; n += 1) {
    const message: KafkaMessage = {
      key: Buffer.from(`seat-${n % 3}`),
      value: Buffer.from(String(n)),
      offset: String(100 + n),
      timestamp: '1',
      attributes: 0,
      headers: { by: 'test' },
    };
    await deadLetters.put({ topic: source, partition: 2, arn: '', bootstrapServers: '' }, message, 'broken');
  }
}

const replay = (changes: Partial<ReplayOptions> = {}) =>
  replayDeadLetters(kafka, {
    topic,
    limit: 1_000,
    dryRun: false,
    listener: (letter) => void heard.push(letter),
    ...changes,
  });

/** What was published, seat by seat in its order. */
async function published() {
  const seats = Map.groupBy(await readTopic(topic), ({ key }) => key);
  return Object.fromEntries([...seats].map(([key, records]) => [key, records.map(({ value }) => value)]));
}

describe('a replay', () => {
  test('publishes each letter once to its topic, with its key and in the order of its seat', async () => {
    await setAside(1, 7);
    expect(await replay()).toEqual({ replayed: 7, unreadable: 0, left: 0 });
    const expected = { 'seat-0': ['3', '6'], 'seat-1': ['1', '4', '7'], 'seat-2': ['2', '5'] };
    expect(await published()).toEqual(expected);
    expect(heard[0]).toEqual({
      offset: '0',
      key: 'seat-1',
      origin: { partition: '2', offset: '101', reason: 'broken' },
      replays: 0,
    });
    // The control beside it: the second finds nothing, and new letters are found.
    expect(await replay()).toEqual({ replayed: 0, unreadable: 0, left: 0 });
    expect(await published()).toEqual(expected);
    await setAside(8, 8);
    expect(await replay()).toMatchObject({ replayed: 1 });
    expect((await published())['seat-2']).toEqual(['2', '5', '8']);
  }, 60_000);

  test('keeps the headers of the record, drops where it stood, and counts how often it was tried', async () => {
    await setAside(1, 1);
    await replay();
    const consumer = kafka.consumer({ groupId: `headers-${topic}` });
    const { promise, resolve } = Promise.withResolvers<KafkaMessage>();
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({ eachMessage: async ({ message }) => resolve(message) });
    const message = await promise;
    await consumer.disconnect();
    const headers = Object.entries(message.headers ?? {}).map(([name, value]) => [name, String(value)]);
    expect(Object.fromEntries(headers)).toEqual({ by: 'test', replays: '1' });
    // It fails again, and comes back.
    await deadLetters.put({ topic, partition: 0, arn: '', bootstrapServers: '' }, message, 'still broken');
    await replay();
    expect(heard.map(({ replays }) => replays)).toEqual([0, 1]);
  }, 60_000);

  test('that is only shown changes nothing', async () => {
    await setAside(1, 3);
    expect(await replay({ dryRun: true })).toEqual({ replayed: 3, unreadable: 0, left: 0 });
    expect(heard).toHaveLength(3);
    expect(await readTopic(topic)).toEqual([]);
    expect(await replay()).toMatchObject({ replayed: 3 });
  }, 60_000);

  test('ends at its limit, and the next goes on there', async () => {
    await setAside(1, 5);
    expect(await replay({ limit: 2 })).toEqual({ replayed: 2, unreadable: 0, left: 3 });
    expect(await replay({ limit: 10 })).toEqual({ replayed: 3, unreadable: 0, left: 0 });
    expect((await readTopic(topic)).map(({ value }) => value).toSorted()).toEqual(['1', '2', '3', '4', '5']);
  }, 60_000);

  test('publishes no letter that is not of this topic, and says so', async () => {
    await setAside(1, 1);
    const producer = kafka.producer();
    await producer.connect();
    const stray = {
      key: 'seat-9',
      value: 'stray',
      headers: { topic: 'elsewhere', partition: '0', offset: '1' },
    };
    await producer.send({ topic: deadLetterTopicOf(topic), messages: [stray, { value: 'bare' }] });
    await producer.disconnect();
    expect(await replay()).toEqual({ replayed: 1, unreadable: 2, left: 0 });
    expect((await readTopic(topic)).map(({ value }) => value)).toEqual(['1']);
    expect(heard.map(({ origin }) => origin?.reason)).toEqual(['broken', undefined, undefined]);
  }, 60_000);

  test('beside another: one gives way, and every letter is published in the order of its seat', async () => {
    await setAside(1, 60);
    const outcomes = await Promise.allSettled([replay(), replay()]);
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(RangeReadingError);
    await replay();
    const seats = await published();
    for (const [seat, values] of Object.entries(seats)) {
      const first = values.filter((value, index) => values.indexOf(value) === index);
      const rest = Number(seat.slice('seat-'.length));
      expect(first).toEqual(
        Array.from({ length: 60 }, (_, index) => index + 1)
          .filter((n) => n % 3 === rest)
          .map(String),
      );
    }
    expect(Object.keys(seats)).toHaveLength(3);
  }, 60_000);
});

describe('records named by their offsets', () => {
  const send = async (values: readonly string[]) => {
    const producer = kafka.producer();
    await producer.connect();
    const messages = values.map((value) => ({ key: 'seat-1', value, partition: 1, headers: { by: 'test' } }));
    await producer.send({ topic, messages });
    await producer.disconnect();
  };
  const options = { dryRun: false, listener: () => undefined };
  const valuesNow = async () => (await readTopic(topic)).map(({ value }) => value);

  test('are published once more, those and no others', async () => {
    await send(['a', 'b', 'c', 'd']);
    const range = parseRange(`${topic}-1:1-2`);
    expect(await replayRecords(kafka, range, { ...options, dryRun: true })).toBe(2);
    expect(await valuesNow()).toEqual(['a', 'b', 'c', 'd']);
    expect(await replayRecords(kafka, range, options)).toBe(2);
    const seat = (await readTopic(topic)).filter(({ key }) => key === 'seat-1');
    expect(seat.map(({ value }) => value).toSorted()).toEqual(['a', 'b', 'b', 'c', 'c', 'd']);
  }, 60_000);

  test('are refused when the topic has not all of them', async () => {
    await send(['a']);
    const range = parseRange(`${topic}-1:0-1`);
    expect(await failureOf(replayRecords(kafka, range, options))).toBeInstanceOf(UsageError);
    expect(await valuesNow()).toEqual(['a']);
  }, 60_000);

  test.each(['events', 'events-1', 'events-1:', 'events-1:3-2', 'events-1:0-10000', 'events:1-2'])(
    'cannot be %s',
    (text) => {
      expect(() => parseRange(text)).toThrow(UsageError);
    },
  );

  test('are read from what stands in a message', () => {
    expect(parseRange('reservation-events-3:120-124')).toEqual({
      topic: 'reservation-events',
      partition: 3,
      first: 120n,
      last: 124n,
    });
    expect(parseRange('a.b-11:7')).toEqual({ topic: 'a.b', partition: 11, first: 7n, last: 7n });
  });
});
