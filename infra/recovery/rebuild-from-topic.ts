import { randomUUID } from 'node:crypto';
import type { Kafka, KafkaMessage } from 'kafkajs';
import { hasSqlState } from '../../lib/db/call-database.ts';
import type { Db } from '../../lib/db/client.ts';
import { applyEvent } from '../../lib/events/apply-event.ts';
import { MalformedEventError, parseCloudEvent } from '../../lib/events/seat-event.ts';
import { askAdmin } from './ask-admin.ts';
import { type OffsetRange, readRange } from './read-range.ts';

export interface TopicRebuild {
  readonly events: number;
  /** Records that are no event, or of a seat that does not exist; the consumer has set them aside as well. */
  readonly unreadable: number;
}

/**
 * Applies every event that the topic still has once more, from the first to the end it has now, as the consumer
 * does and beside it: each partition in its order, what the map knows already without effect.
 *
 * @throws RangeReadingError when the topic cannot be read to that end
 */
export async function rebuildFromTopic(db: Db, kafka: Kafka, topic: string): Promise<TopicRebuild> {
  const groupId = `rebuild-${randomUUID()}`;
  let unreadable = 0;
  const handle = async (_partition: number, messages: readonly KafkaMessage[]) => {
    for (const { value } of messages) {
      try {
        await applyEvent(db, parseCloudEvent(value?.toString('utf8') ?? ''));
      } catch (error) {
        const isOfNoSeat = hasSqlState(error, '23503');
        if (!(error instanceof MalformedEventError || isOfNoSeat)) throw error;
        unreadable += 1;
      }
    }
  };
  const ranges = await wholeTopic(kafka, topic);
  const read = await readRange(kafka, { groupId, topic, ranges, handle, commits: false });
  if (read > 0) await askAdmin(kafka, (admin) => admin.deleteGroups([groupId]));
  return { events: read - unreadable, unreadable };
}

async function wholeTopic(kafka: Kafka, topic: string): Promise<OffsetRange[]> {
  const found = await askAdmin(kafka, (admin) => admin.fetchTopicOffsets(topic));
  return found.map(({ partition, low, high }) => ({ partition, from: BigInt(low), end: BigInt(high) }));
}
