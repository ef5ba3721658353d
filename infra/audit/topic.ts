import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import kafkajs from 'kafkajs';
import type { Brokers } from './servers.ts';

export type TopicRecord = {
  readonly partition: number;
  readonly offset: bigint;
  readonly key: string;
  readonly value: string;
};

/** Whether the topic still has its first records, or its retention has taken some. */
export type TopicExtent = { readonly isWhole: boolean };

/** Hands on every record, one after the other, those of a partition in their order; keeps none. */
export type ReadRecords = (take: (record: TopicRecord) => void) => Promise<TopicExtent>;

const retryPauseMs = 250;

/**
 * Reads a topic from its first record to the end it had when the call began. A consumer group of its own is made for
 * it and deleted again. A broker that is not ready for a new topic or group yet is asked again.
 *
 * @param timeoutMs the bound on the whole reading.
 * @throws Error when the end is not reached in time or the brokers cannot be asked.
 */
export async function readTopic(
  { brokers, ...signIn }: Brokers,
  topic: string,
  timeoutMs: number,
  take: (record: TopicRecord) => void,
): Promise<TopicExtent> {
  const { Kafka, KafkaJSError, logLevel } = kafkajs;
  const kafka = new Kafka({
    ...signIn,
    clientId: 'audit',
    brokers: [...brokers],
    logLevel: logLevel.NOTHING,
  });
  let taken = 0;
  const takeOne = (record: TopicRecord) => {
    taken += 1;
    take(record);
  };
  for (const endMs = Date.now() + timeoutMs; ; await sleep(retryPauseMs)) {
    try {
      return await readOnce(kafka, topic, endMs - Date.now(), takeOne);
    } catch (error) {
      const isTransient = error instanceof KafkaJSError && error.retriable && taken === 0;
      if (!isTransient || Date.now() + retryPauseMs > endMs) throw error;
    }
  }
}

async function readOnce(
  kafka: kafkajs.Kafka,
  topic: string,
  timeoutMs: number,
  take: (record: TopicRecord) => void,
): Promise<TopicExtent> {
  const admin = kafka.admin();
  const groupId = `audit-${randomUUID()}`;
  await admin.connect();
  try {
    const ends = new Map<number, bigint>();
    let isWhole = true;
    for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) {
      if (BigInt(low) > 0n) isWhole = false;
      if (BigInt(high) > BigInt(low)) ends.set(partition, BigInt(high) - 1n);
    }
    if (ends.size === 0) return { isWhole };
    await consumeTo(kafka, groupId, topic, ends, timeoutMs, take);
    await admin.deleteGroups([groupId]);
    return { isWhole };
  } finally {
    await admin.disconnect();
  }
}

/** Consumes until the last offset of each partition in `ends` has been seen. */
async function consumeTo(
  kafka: kafkajs.Kafka,
  groupId: string,
  topic: string,
  ends: Map<number, bigint>,
  timeoutMs: number,
  take: (record: TopicRecord) => void,
): Promise<void> {
  const consumer = kafka.consumer({ groupId, allowAutoTopicCreation: false, maxWaitTimeInMs: 200 });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  // Awaited only once the consumer runs: a failure before that is thrown by what failed.
  promise.catch(() => undefined);
  const timer = setTimeout(() => {
    reject(new Error(`${topic} was not read to its end in ${timeoutMs} ms`));
  }, timeoutMs);
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    reject(payload.error);
  });
  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch }) => {
        for (const { offset, key, value } of batch.messages) {
          const record = { partition: batch.partition, offset: BigInt(offset) };
          take({ ...record, key: key?.toString() ?? '', value: value?.toString() ?? '' });
        }
        if (BigInt(batch.lastOffset()) >= (ends.get(batch.partition) ?? 0n)) ends.delete(batch.partition);
        if (ends.size === 0) resolve();
      },
    });
    await promise;
  } finally {
    clearTimeout(timer);
    await consumer.disconnect();
  }
}
