import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import kafkajs from 'kafkajs';
import { Client } from 'pg';
import { createTopics } from '../infra/topics.ts';
import { onDatabase } from './on-database.ts';
import type { TestServices } from './test-services.ts';

/** The services of this run, which the first test file to ask starts. */
let services: Promise<TestServices> | undefined;

async function ask(): Promise<TestServices> {
  const address = process.env['TEST_SERVICES'];
  if (address === undefined) throw new Error('TEST_SERVICES is not set: Jest runs with test/global-setup.ts');
  const answer = await fetch(address);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`the services of the tests did not start: ${text}`);
  // Sent by test-services.ts.
  return JSON.parse(text) as TestServices;
}

/**
 * The addresses of the Redis, Postgres and Kafka of this run, shared by all test files. The first call starts them:
 * give its hook a minute (`beforeAll(…, 60_000)`); the Kafka jars are fetched the first time.
 */
export function testServices(): Promise<TestServices> {
  services ??= ask();
  return services;
}

const shortId = () => randomUUID().slice(0, 8);

export interface TestDatabase {
  readonly databaseUrl: string;
  /** Deletes the database, open connections included. */
  readonly drop: () => Promise<void>;
}

/** A new, migrated database of one's own. */
export async function testDatabase(): Promise<TestDatabase> {
  const { databaseUrl, templateName } = await testServices();
  const name = `test_${shortId()}`;
  const run = async (sql: string) => {
    const client = new Client({ connectionString: databaseUrl });
    await client.connect();
    try {
      await client.query(sql);
    } finally {
      await client.end();
    }
  };
  await run(`CREATE DATABASE ${name} TEMPLATE ${templateName}`);
  return {
    databaseUrl: onDatabase(databaseUrl, name),
    drop: () => run(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

export interface TestRedis {
  readonly redisUrl: string;
  /** Empties the database. */
  readonly drop: () => Promise<void>;
}

/** Handed out in database 0, by INCR, to files that run at the same time. */
const counterKey = 'concert-reservation:test-databases';

async function databaseCount(redis: Redis): Promise<number> {
  const [, count] = (await redis.config('GET', 'databases')) as [string, string];
  return Number(count);
}

/**
 * A numbered Redis database of one's own, empty. FLUSHDB is yours; FLUSHALL is not.
 *
 * @throws when all databases of the server have been handed out, or the next one is somebody's
 */
export async function testRedis(): Promise<TestRedis> {
  const { redisUrl } = await testServices();
  const redis = new Redis(redisUrl);
  try {
    const number = await redis.incr(counterKey);
    const count = await databaseCount(redis);
    if (number >= count) throw new Error(`all ${count - 1} Redis databases for tests have been handed out`);
    await redis.select(number);
    if ((await redis.dbsize()) > 0) throw new Error(`Redis database ${number} is not empty`);
    const url = new URL(redisUrl);
    url.pathname = `/${number}`;
    return { redisUrl: url.href, drop: () => empty(url.href) };
  } finally {
    redis.disconnect();
  }
}

async function empty(redisUrl: string): Promise<void> {
  const redis = new Redis(redisUrl);
  try {
    await redis.flushdb();
  } finally {
    redis.disconnect();
  }
}

/** A new topic of one's own, whose name begins with `name`; with its dead-letter topic when that is wanted. */
export async function testTopic(
  name: string,
  { partitions = 3, topic = `${name}-${shortId()}` }: { partitions?: number; topic?: string } = {},
): Promise<string> {
  const { kafkaBrokers } = await testServices();
  const kafka = new kafkajs.Kafka({ brokers: kafkaBrokers.split(','), logLevel: kafkajs.logLevel.NOTHING });
  const plan = { topic, partitions, retentionMs: 3_600_000 };
  await createTopics(kafka, { plans: [plan], replicationFactor: 1 });
  return topic;
}
