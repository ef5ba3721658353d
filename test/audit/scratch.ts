import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import kafkajs from 'kafkajs';
import { Client } from 'pg';
import type { Evidence } from '../../infra/audit/invariant.ts';
import { sampleRoom } from '../../infra/audit/room-sample.ts';
import { readSeatLocks } from '../../infra/audit/seat-locks.ts';
import { readTopic, type TopicRecord } from '../../infra/audit/topic.ts';
import { testDatabase, testRedis, testServices, testTopic } from '../services.ts';
import { cleanExchanges, cleanRecords, readingOf } from './clean-sale.ts';

/** The capacity of the show in `sale.sql`. */
const capacity = 2;
const topicTimeoutMs = 20_000;

/** A database, a line and a topic of a test's own, with a small sale in which all is well. */
export class Scratch implements AsyncDisposable {
  readonly database: Client;
  readonly redis: Redis;
  readonly #drop: () => Promise<void>;

  private constructor(database: Client, redis: Redis, drop: () => Promise<void>) {
    this.database = database;
    this.redis = redis;
    this.#drop = drop;
  }

  static async open(): Promise<Scratch> {
    const [ownDatabase, ownRedis] = await Promise.all([testDatabase(), testRedis()]);
    const database = new Client({ connectionString: ownDatabase.databaseUrl });
    await database.connect();
    const redis = new Redis(ownRedis.redisUrl);
    return new Scratch(database, redis, async () => {
      await Promise.all([ownDatabase.drop(), ownRedis.drop()]);
    });
  }

  /** The sale of `sale.sql` with its room in Redis, its clients and its topic. */
  async putCleanSale(): Promise<void> {
    await this.database.query(await readFile(join(import.meta.dirname, 'sale.sql'), 'utf8'));
    await this.putCleanRoom();
  }

  async putCleanRoom(): Promise<void> {
    await this.redis.flushdb();
    const laterMs = Date.now() + 60_000;
    await this.redis.zadd('{show}:line', 3, 'cleo');
    await this.redis.zadd('{show}:heartbeats', laterMs, 'cleo');
    await this.redis.zadd('{show}:admitted', laterMs, 'ben');
    await this.redis.hset('{show}:admitted-tickets', 'ben', 2);
  }

  async evidence(): Promise<Evidence> {
    const { database, redis } = this;
    const samples = [await sampleRoom(redis, 'show', capacity)];
    const exchanges = cleanExchanges();
    const performanceIds = ['show'];
    return {
      database,
      current: database,
      seatLocks: await readSeatLocks(redis, database, performanceIds),
      readRecords: readingOf(cleanRecords()),
      performanceIds,
      samples,
      exchanges,
      graceMs: 0,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.redis.disconnect();
    await this.database.end();
    await this.#drop();
  }
}

export type Sent = readonly [partition: number, key: string, value: string];

/**
 * Sends records to a topic of its own, one after the other, and reads it back as the audit does: by partition and
 * offset.
 */
export async function throughTopic(records: readonly Sent[]): Promise<TopicRecord[]> {
  const topic = await testTopic('audit');
  const brokers = (await testServices()).kafkaBrokers.split(',');
  const { Kafka, logLevel, Partitioners } = kafkajs;
  const kafka = new Kafka({ clientId: 'audit-test', brokers, logLevel: logLevel.NOTHING });
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  try {
    for (const [partition, key, value] of records)
      await producer.send({ topic, messages: [{ partition, key, value }] });
    const taken: TopicRecord[] = [];
    await readTopic({ brokers }, topic, topicTimeoutMs, (record) => taken.push(record));
    return taken.toSorted((a, b) => a.partition - b.partition || Number(a.offset - b.offset));
  } finally {
    await producer.disconnect();
  }
}
