import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import kafkajs from 'kafkajs';

export type TopicRecord = {
  readonly partition: number;
  readonly offset: bigint;
  readonly key: string;
  readonly value: string;
};

const retryPauseMs = 250;

/**
 * Reads a topic from its first record to the end it had when the call began, by partition and offset.
 * A consumer group of its own is made for it and deleted again. A broker that is not ready for a new topic or
 * group yet is asked again.
 *
 * @param timeoutMs the bound on the whole reading.
 * @throws Error when the end is not reached in time or the brokers cannot be asked.
 */
export async function readTopic(
  brokers: readonly string[],
  topic: string,
  timeoutMs: number,
): Promise<TopicRecord[]> {
  const { Kafka, KafkaJSError, logLevel } = kafkajs;
  const kafka = new Kafka({ clientId: 'audit', brokers: [...brokers], logLevel: logLevel.NOTHING });
  for (const endMs = Date.now() + timeoutMs; ; await sleep(retryPauseMs)) {
    try {
      return await readOnce(kafka, topic, endMs - Date.now());
    } catch (error) {
      const isTransient = error instanceof KafkaJSError && error.retriable;
      if (!isTransient || Date.now() + retryPauseMs > endMs) throw error;
    }
  }
}

async function readOnce(kafka: kafkajs.Kafka, topic: string, timeoutMs: number): Promise<TopicRecord[]> {
  const admin = kafka.admin();
  const groupId = `audit-${randomUUID()}`;
  await admin.connect();
  try {
    const ends = new Map<number, bigint>();
    for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) {
      if (BigInt(high) > BigInt(low)) ends.set(partition, BigInt(high) - 1n);
    }
    if (ends.size === 0) return [];
    const records = await consumeTo(kafka, groupId, topic, ends, timeoutMs);
    await admin.deleteGroups([groupId]);
    return records.toSorted((a, b) => a.partition - b.partition || Number(a.offset - b.offset));
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
): Promise<TopicRecord[]> {
  const consumer = kafka.consumer({ groupId, allowAutoTopicCreation: false, maxWaitTimeInMs: 200 });
  const records: TopicRecord[] = [];
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
          records.push({ ...record, key: key?.toString() ?? '', value: value?.toString() ?? '' });
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
  return records;
}
