import type { Kafka } from 'kafkajs';
import { deadLetterTopicOf } from '../topics.ts';
import { askAdmin } from './ask-admin.ts';
import { UsageError } from './usage-error.ts';

/**
 * The topics of the cluster that have a topic for their dead letters, by name.
 *
 * @param only the one topic that is wanted
 * @throws UsageError when that has none
 */
export async function topicsWithDeadLetters(kafka: Kafka, only?: string): Promise<string[]> {
  const known = new Set(await askAdmin(kafka, (admin) => admin.listTopics()));
  const found = [...known].filter((topic) => known.has(deadLetterTopicOf(topic))).toSorted();
  if (only === undefined) return found;
  if (!found.includes(only)) throw new UsageError(`--topic: ${only} has no ${deadLetterTopicOf(only)}`);
  return [only];
}
