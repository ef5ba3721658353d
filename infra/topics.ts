import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin, ITopicConfig, ITopicMetadata, Kafka } from 'kafkajs';

const attempts = 50;
const betweenAttemptsMs = 200;
const dayMs = 24 * 60 * 60 * 1_000;

/** A topic as it has to be; everything that Kafka would otherwise choose is stated. */
export interface TopicPlan {
  readonly topic: string;
  readonly partitions: number;
  readonly retentionMs: number;
}

/** Where records go that cannot be processed: the topic's name with this behind it. */
export const deadLetterTopicOf = (topic: string) => `${topic}.dead-letter`;

/**
 * The topics of the project: events, requests, and the dead letters of each. More partitions later would move keys
 * and break the order of their seats.
 */
export function topicPlans({
  events = 'reservation-events',
  requests = 'reservation-requests',
}: {
  events?: string | undefined;
  requests?: string | undefined;
} = {}): TopicPlan[] {
  return [events, requests].flatMap((topic) => [
    { topic, partitions: 12, retentionMs: 7 * dayMs },
    { topic: deadLetterTopicOf(topic), partitions: 1, retentionMs: 28 * dayMs },
  ]);
}

function topicConfig({ topic, partitions, retentionMs }: TopicPlan, replicationFactor: number): ITopicConfig {
  return {
    topic,
    numPartitions: partitions,
    replicationFactor,
    configEntries: [
      { name: 'cleanup.policy', value: 'delete' },
      { name: 'retention.ms', value: String(retentionMs) },
      // With acks=all a record is on all but one of the replicas before it counts as sent.
      { name: 'min.insync.replicas', value: String(Math.max(1, replicationFactor - 1)) },
    ],
  };
}

/** Waits until the brokers know the topics, and their leaders that they lead; a new one is unknown to some for a moment. */
async function metadataOf(admin: Admin, plans: readonly TopicPlan[]): Promise<ITopicMetadata[]> {
  const topics = plans.map(({ topic }) => topic);
  for (let attempt = 1; ; attempt += 1) {
    try {
      const found = (await admin.fetchTopicMetadata({ topics })).topics;
      if (found.every(({ partitions }) => partitions.every(({ leader }) => leader >= 0))) {
        // Answered by the leaders alone.
        for (const topic of topics) await admin.fetchTopicOffsets(topic);
        return found;
      }
      if (attempt === attempts) throw new Error(`${topics.join(', ')}: not every partition has a leader`);
    } catch (error) {
      if (attempt === attempts) throw error;
    }
    await sleep(betweenAttemptsMs);
  }
}

async function assertPartitions(admin: Admin, plans: readonly TopicPlan[]): Promise<void> {
  const topics = await metadataOf(admin, plans);
  for (const { topic, partitions } of plans) {
    const found = topics.find(({ name }) => name === topic)?.partitions.length ?? 0;
    if (found !== partitions) throw new Error(`topic ${topic} has ${found} partitions, not ${partitions}`);
  }
}

/**
 * Creates the topics that are missing. May be run again and by several at once.
 *
 * @param replicationFactor 3 on MSK; 1 where there is a single broker
 * @throws when a topic exists with another number of partitions, or has no leaders after 10 s
 */
export async function createTopics(
  kafka: Kafka,
  { plans = topicPlans(), replicationFactor }: { plans?: readonly TopicPlan[]; replicationFactor: number },
): Promise<void> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    // Existing topics are left as they are: false is an answer, not a failure.
    await admin.createTopics({
      waitForLeaders: false,
      topics: plans.map((plan) => topicConfig(plan, replicationFactor)),
    });
    await assertPartitions(admin, plans);
  } finally {
    await admin.disconnect();
  }
}
