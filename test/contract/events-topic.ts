import { Kafka, type KafkaMessage, logLevel } from 'kafkajs';
import * as v from 'valibot';
import { type Event, eventShape } from './shapes.ts';

export interface EventRecord {
  readonly partition: number;
  readonly offset: bigint;
  readonly key: string | undefined;
  readonly event: Event;
}

export interface EventsReader {
  /** Every record of the topic so far, in the order of each partition. Throws on one that is no event of the contract. */
  records(): readonly EventRecord[];
  close(): Promise<void>;
}

function parse(partition: number, message: KafkaMessage): EventRecord {
  const value: unknown = JSON.parse(message.value?.toString('utf8') ?? 'null');
  const parsed = v.safeParse(eventShape, value);
  if (!parsed.success)
    throw new Error(`offset ${message.offset}: ${v.summarize(parsed.issues)}\n${JSON.stringify(value)}`);
  return {
    partition,
    offset: BigInt(message.offset),
    key: message.key?.toString('utf8'),
    event: parsed.output,
  };
}

/** Reads the topic from its beginning in a consumer group of its own, as an outsider would. */
export async function readEvents(
  brokers: readonly string[],
  topic: string,
  groupId: string,
): Promise<EventsReader> {
  const kafka = new Kafka({ clientId: groupId, brokers: [...brokers], logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 200, allowAutoTopicCreation: false });
  const read: { partition: number; message: KafkaMessage }[] = [];
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ partition, message }) => {
      read.push({ partition, message });
    },
  });
  return {
    records: () => read.map(({ partition, message }) => parse(partition, message)),
    close: () => consumer.disconnect(),
  };
}
