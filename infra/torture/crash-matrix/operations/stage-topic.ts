import type { OutgoingRecord } from '../../../../lib/events/kafka.ts';
import { committedOffset, type TopicToConsume } from '../consume-topic.ts';
import type { CrashWorld } from '../crash-world.ts';
import type { FunctionProcess } from '../function-process.ts';
import type { Invocation } from '../invocation.ts';
import { type CrashTrial, differences } from '../operation.ts';

/** Of one delivery: far more than it takes. */
const remainingMs = 40_000;
const publishWithinMs = 10_000;

/**
 * A topic with these records, for a function that consumes it. Once its process is dead the mapping starts another
 * consumer of the same group; records may come again.
 *
 * @param audit looks at what the records have left behind
 */
export async function stageTopic(
  { world, survivor }: { readonly world: CrashWorld; readonly survivor: FunctionProcess },
  functionName: Invocation['functionName'],
  records: readonly OutgoingRecord[],
  audit: () => Promise<string[]>,
): Promise<CrashTrial> {
  const topic = await world.createTopic();
  await world.publisher.publish(topic, records, publishWithinMs);
  const endOffset = String(records.length);
  const event: TopicToConsume = { topic, endOffset, brokers: world.urls.kafkaBrokers };
  const invocation: Invocation = { functionName, event, remainingMs };
  return {
    invocation,
    repeat: async () => {
      await survivor.invoke(invocation);
    },
    audit: async () => [
      ...(await audit()),
      ...differences({ offset: await committedOffset(world.admin, topic) }, { offset: endOffset }),
    ],
  };
}

/** What stands in the outbox with these keys, in its order. */
export async function outboxRecords(
  { pool }: CrashWorld,
  topic: string,
  keys: readonly string[],
): Promise<OutgoingRecord[]> {
  const { rows } = await pool.query<OutgoingRecord>(
    'SELECT key, payload AS value FROM outbox WHERE topic = $1 AND key = ANY ($2) ORDER BY outbox_id',
    [topic, keys],
  );
  return rows;
}
