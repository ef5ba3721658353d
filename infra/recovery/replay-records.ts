import { randomUUID } from 'node:crypto';
import type { Admin, Kafka, KafkaMessage } from 'kafkajs';
import { createProducer } from '../../lib/events/kafka.ts';
import { askAdmin } from './ask-admin.ts';
import { readRange } from './read-range.ts';
import { UsageError } from './usage-error.ts';

/** Records of one partition, as a message of the dead-letter queue on AWS names them. */
export interface RecordRange {
  readonly topic: string;
  readonly partition: number;
  readonly first: bigint;
  readonly last: bigint;
}

const maxRecords = 10_000n;

/**
 * Reads `reservation-events-3:120-124`, or `reservation-events-3:120` for a single record.
 *
 * @throws UsageError
 */
export function parseRange(text: string): RecordRange {
  const [, topic, partition, first, last = first] =
    /^(.+)-(\d{1,6}):(\d{1,18})(?:-(\d{1,18}))?$/.exec(text) ?? [];
  if (topic === undefined || first === undefined || last === undefined)
    throw new UsageError(`--records: ${text} is not TOPIC-PARTITION:FIRST-LAST`);
  const range = { topic, partition: Number(partition), first: BigInt(first), last: BigInt(last) };
  if (range.last < range.first || range.last - range.first >= maxRecords)
    throw new UsageError(`--records: ${text} names no records, or more than ${maxRecords}`);
  return range;
}

/**
 * Publishes records of a topic once more to it, with their keys and in their order. Nothing marks that it was done.
 *
 * @returns how many there were
 * @throws UsageError when the topic has not all of them, or not any more
 */
export async function replayRecords(
  kafka: Kafka,
  range: RecordRange,
  options: { readonly dryRun: boolean; readonly listener: (message: KafkaMessage) => void },
): Promise<number> {
  const { topic, partition, first, last } = range;
  const groupId = `replay-records-${randomUUID()}`;
  await askAdmin(kafka, (admin) => placeGroup(admin, groupId, range));
  const producer = createProducer(kafka);
  const handle = async (_partition: number, messages: readonly KafkaMessage[]) => {
    for (const message of messages) options.listener(message);
    const own = messages.map(({ key, value, headers }) => ({ key, value, ...(headers ? { headers } : {}) }));
    if (!options.dryRun) await producer.send({ topic, acks: -1, messages: own });
  };
  try {
    if (!options.dryRun) await producer.connect();
    const ranges = [{ partition, from: first, end: last + 1n }];
    return await readRange(kafka, { groupId, topic, ranges, handle, commits: false });
  } finally {
    await producer.disconnect();
    await askAdmin(kafka, (admin) => admin.deleteGroups([groupId]));
  }
}

/** A group that begins at the first of the records, and in other partitions at their ends. */
async function placeGroup(
  admin: Admin,
  groupId: string,
  { topic, partition, first, last }: RecordRange,
): Promise<void> {
  const ends = await admin.fetchTopicOffsets(topic);
  const end = ends.find((each) => each.partition === partition);
  if (end === undefined || first < BigInt(end.low) || last >= BigInt(end.high)) {
    const has = end === undefined ? 'does not exist' : `has ${end.low} up to, without, ${end.high}`;
    throw new UsageError(`--records: ${topic}-${partition} ${has}`);
  }
  const partitions = ends.map((each) => ({
    partition: each.partition,
    offset: each.partition === partition ? String(first) : each.high,
  }));
  await admin.setOffsets({ groupId, topic, partitions });
}
