import kafkajs, { type KafkaMessage } from 'kafkajs';
import { testServices } from '../../test/services.ts';

/** A record as it lies on the topic. */
export interface TopicRecord {
  readonly partition: number;
  readonly offset: string;
  readonly key: string;
  readonly value: string;
}

const connect = async () => {
  const { kafkaBrokers } = await testServices();
  return new kafkajs.Kafka({ brokers: kafkaBrokers.split(','), logLevel: kafkajs.logLevel.NOTHING });
};

const toRecord = (partition: number, { key, value, offset }: KafkaMessage): TopicRecord => ({
  partition,
  offset,
  key: key?.toString('utf8') ?? '',
  value: value?.toString('utf8') ?? '',
});

/** All records that lie on a topic now, each partition in its order. Fails after `withinMs`. */
export async function readTopic(topic: string, withinMs = 20_000): Promise<TopicRecord[]> {
  const kafka = await connect();
  const admin = kafka.admin();
  await admin.connect();
  const ends = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();
  const expected = ends.reduce((count, { low, high }) => count + Number(BigInt(high) - BigInt(low)), 0);
  const records: TopicRecord[] = [];
  if (expected === 0) return records;
  const consumer = kafka.consumer({ groupId: `reader-${topic}-${Math.random()}` });
  const all = Promise.withResolvers<void>();
  const timer = setTimeout(() => all.reject(new Error(`${records.length} of ${expected} records`)), withinMs);
  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      eachMessage: async ({ partition, message }) => {
        records.push(toRecord(partition, message));
        if (records.length >= expected) all.resolve();
      },
    });
    await all.promise;
  } finally {
    clearTimeout(timer);
    await consumer.disconnect();
  }
  return records.toSorted((a, b) => a.partition - b.partition || Number(BigInt(a.offset) - BigInt(b.offset)));
}
