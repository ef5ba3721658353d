import { randomUUID } from 'node:crypto';
import kafkajs, { type Admin, type Kafka } from 'kafkajs';
import { Pool } from 'pg';
import { createPublisher, type Publisher } from '../../../lib/events/kafka.ts';
import type { UserId } from '../../../lib/ids.ts';
import { connectScene } from '../../../lib/testing/connect-scene.ts';
import type { Scene } from '../../../lib/testing/scene.ts';
import { createScratchDatabase } from '../../demo/scratch-database.ts';
import { publicKeySet } from '../../local/keys.ts';
import { localAudience, localIssuer, mintTokens } from '../../local/mint-token.ts';
import type { StackUrls } from '../../local/stack.ts';
import { migrateToLatest } from '../../migrations/migrate.ts';
import { createTopics } from '../../topics.ts';

const poolMax = 4;
const hourMs = 3_600_000;

/**
 * A database and a topic of its own, on which one process after another is killed; as a scene, what the project's own
 * operations prepare it with.
 */
export interface CrashWorld extends Scene {
  readonly urls: StackUrls;
  /** Reads what was left behind, past everything that is judged. */
  readonly pool: Pool;
  readonly admin: Admin;
  readonly publisher: Publisher;
  /** Where the relays of this world publish the events. */
  readonly eventsTopic: string;
  /** Makes a topic of one partition, which stays as long as its broker. */
  createTopic(): Promise<string>;
  tokenOf(user: UserId): Promise<string>;
  /** What the functions read from their environment, for servers that are reached at these addresses. */
  environmentFor(urls: StackUrls): Promise<Readonly<Record<string, string>>>;
}

/** Opens so many worlds on these servers; what is opened is closed with the stack. */
export async function openCrashWorlds(
  count: number,
  given: StackUrls,
  stack: AsyncDisposableStack,
): Promise<readonly CrashWorld[]> {
  const opening = Array.from({ length: count }, () => openCrashWorld(given, stack));
  // All of them, before what those have opened that did open is closed.
  await Promise.allSettled(opening);
  return Promise.all(opening);
}

async function openCrashWorld(given: StackUrls, stack: AsyncDisposableStack): Promise<CrashWorld> {
  const scratch = await createScratchDatabase(given.databaseUrl);
  stack.defer(() => scratch.drop());
  await migrateToLatest(scratch.url);
  const urls = { ...given, databaseUrl: scratch.url };
  const brokers = await openKafka(urls.kafkaBrokers, stack);
  const pool = new Pool({ connectionString: urls.databaseUrl, max: poolMax });
  stack.defer(() => pool.end());
  return {
    urls,
    pool,
    ...brokers,
    ...connectScene(urls, poolMax, stack),
    tokenOf: async (user) => (await mintTokens([user])).join(''),
    environmentFor: (addresses) => environmentOf(addresses, brokers.eventsTopic),
  };
}

async function environmentOf(
  urls: StackUrls,
  eventsTopic: string,
): Promise<Readonly<Record<string, string>>> {
  return {
    REDIS_URL: urls.redisUrl,
    DATABASE_URL: urls.databaseUrl,
    KAFKA_BROKERS: urls.kafkaBrokers,
    RESERVATION_EVENTS_TOPIC: eventsTopic,
    RECEIPT_KEY: 'a key for the receipts of the crash matrix',
    AUTH_ISSUER: localIssuer,
    AUTH_AUDIENCE: localAudience,
    AUTH_JWKS: await publicKeySet(),
  };
}

async function openKafka(kafkaBrokers: string, stack: AsyncDisposableStack) {
  const brokers = kafkaBrokers.split(',');
  const kafka = new kafkajs.Kafka({
    clientId: 'crash-matrix',
    brokers,
    logLevel: kafkajs.logLevel.NOTHING,
  });
  const admin = stack.adopt(kafka.admin(), (each) => each.disconnect());
  await admin.connect();
  const publisher = stack.adopt(createPublisher({ brokers }), (each) => each.close());
  const createTopic = () => createCrashTopic(kafka);
  return { admin, publisher, createTopic, eventsTopic: await createTopic() };
}

async function createCrashTopic(kafka: Kafka): Promise<string> {
  const topic = `crash-${randomUUID()}`;
  const plans = [{ topic, partitions: 1, retentionMs: hourMs }];
  await createTopics(kafka, { plans, replicationFactor: 1 });
  return topic;
}
