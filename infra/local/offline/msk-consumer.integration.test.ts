import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { MSKEvent } from 'aws-lambda';
import kafkajs, { type Kafka } from 'kafkajs';
import { testServices, testTopic } from '../../../test/services.ts';
import { deadLetterTopicOf } from '../../topics.ts';
import { becomesTrue } from '../supervision/wait.ts';
import { MskConsumer } from './msk-consumer.ts';

const rules = { maximumRetryAttempts: 1, bisectBatchOnFunctionError: true, reportBatchItemFailures: true };
let kafka: Kafka;
let bootstrapServers: string;
const log = () => {};
const closing: (() => Promise<void>)[] = [];

beforeAll(async () => {
  bootstrapServers = (await testServices()).kafkaBrokers;
  kafka = new kafkajs.Kafka({ brokers: bootstrapServers.split(','), logLevel: kafkajs.logLevel.NOTHING });
}, 120_000);
afterAll(() => Promise.all(closing.map((close) => close())));

/** The shortest that a broker allows. */
const sessionTimeoutMs = 6_000;

/** A topic with its dead letters, 20 records of four seats in it, and what a function is given of them. */
async function scene(isBad: (value: string) => boolean, firstTakesMs = 0) {
  const topic = await testTopic('msk');
  await testTopic('msk', { topic: deadLetterTopicOf(topic), partitions: 1 });
  const values = Array.from({ length: 20 }, (_, n) => `seat-${n % 4} ${n}`);
  const producer = kafka.producer();
  await producer.connect();
  const messages = values.map((value) => ({
    key: value.split(' ')[0] ?? '',
    value,
    headers: { by: 'test' },
  }));
  await producer.send({ topic, messages });
  await producer.disconnect();
  const events: MSKEvent[] = [];
  const seen: string[] = [];
  const invoke = async (event: unknown) => {
    // What the consumer makes; its shape is asserted below.
    events.push(event as MSKEvent);
    if (events.length === 1) await sleep(firstTakesMs);
    for (const { value } of Object.values((event as MSKEvent).records).flat()) {
      const text = Buffer.from(value, 'base64').toString();
      if (isBad(text)) throw new Error('cannot be processed');
      seen.push(text);
    }
    return { batchItemFailures: [] };
  };
  const definition = { topic, batchSize: 3, consumerGroupId: topic };
  const start = () => {
    const consumer = new MskConsumer(kafka, {
      functionName: 'f',
      definition,
      rules,
      sessionTimeoutMs,
      invoke,
      bootstrapServers,
      log,
    });
    consumer.start();
    closing.push(() => consumer.close());
    return consumer;
  };
  return { topic, values, events, seen, start };
}

test('records come as real events, each seat in order, and are not repeated after a restart', async () => {
  const { topic, values, events, seen, start } = await scene(() => false);
  const consumer = start();
  expect(await becomesTrue(() => seen.length >= 20, 20_000)).toBe(true);
  await consumer.close();
  for (const seat of ['seat-0', 'seat-1', 'seat-2', 'seat-3'])
    expect(seen.filter((text) => text.startsWith(seat))).toEqual(
      values.filter((text) => text.startsWith(seat)),
    );
  const [[name, [record]] = ['', []]] = Object.entries(events[0]?.records ?? {});
  expect(name).toBe(`${topic}-${record?.partition}`);
  expect(record).toMatchObject({
    topic,
    offset: 0,
    timestampType: 'CREATE_TIME',
    headers: [{ by: [...Buffer.from('test')] }],
  });
  expect(Math.max(...events.map(({ records }) => Object.values(records).flat().length))).toBe(3);
  start();
  // Long enough for the second consumer to join and fetch, had it anything to fetch.
  await becomesTrue(() => seen.length > 20, 3_000);
  expect(seen).toHaveLength(20);
});

test('a record that cannot be processed goes to the dead letters, with where it stood and why', async () => {
  const { topic, values, seen, start } = await scene((text) => text === 'seat-1 5');
  start();
  expect(await becomesTrue(() => new Set(seen).size === 19, 25_000)).toBe(true);
  expect(new Set(seen)).toEqual(new Set(values.filter((text) => text !== 'seat-1 5')));
  const dead: Record<string, string>[] = [];
  const reader = kafka.consumer({ groupId: `${topic}-dead` });
  await reader.connect();
  closing.push(() => reader.disconnect());
  await reader.subscribe({ topic: deadLetterTopicOf(topic), fromBeginning: true });
  await reader.run({
    eachMessage: async ({ message: { value, headers } }) => {
      const texts = Object.entries(headers ?? {}).map(([name, each]) => [name, String(each)]);
      dead.push({ value: String(value), ...Object.fromEntries(texts) });
    },
  });
  expect(await becomesTrue(() => dead.length > 0, 10_000)).toBe(true);
  expect(dead).toMatchObject([{ value: 'seat-1 5', topic, reason: 'cannot be processed', by: 'test' }]);
});

test('a function that takes longer than a session keeps its partition: nothing comes twice', async () => {
  const { seen, start } = await scene(() => false, 2 * sessionTimeoutMs);
  start();
  expect(await becomesTrue(() => new Set(seen).size >= 20, 30_000)).toBe(true);
  expect(seen).toHaveLength(20);
}, 60_000);
