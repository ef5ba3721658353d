import { Kafka, logLevel } from 'kafkajs';
import { eventually } from './eventually.ts';

export interface KeyedRecord {
  readonly partition: number;
  readonly offset: bigint;
  readonly value: string;
}

const withinMs = 20_000;

/** The records of one key on a topic, in the order of the topic, once there are as many as expected. */
export async function readRecords(
  brokers: readonly string[],
  topic: string,
  key: string,
  expected: number,
): Promise<readonly KeyedRecord[]> {
  const groupId = `reader-${Math.random()}`;
  const kafka = new Kafka({ clientId: groupId, brokers: [...brokers], logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 200, allowAutoTopicCreation: false });
  const found: KeyedRecord[] = [];
  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      eachMessage: async ({ partition, message }) => {
        if (message.key?.toString('utf8') !== key) return;
        found.push({
          partition,
          offset: BigInt(message.offset),
          value: message.value?.toString('utf8') ?? '',
        });
      },
    });
    await eventually(`${expected} records of ${key}`, withinMs, async () =>
      found.length >= expected ? true : undefined,
    );
  } finally {
    await consumer.disconnect();
  }
  return found.toSorted((a, b) => a.partition - b.partition || (a.offset < b.offset ? -1 : 1));
}
