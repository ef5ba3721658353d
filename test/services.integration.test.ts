import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { testDatabase, testRedis, testServices, testTopic } from './services.ts';

beforeAll(async () => void (await testServices()), 120_000);
const drops: (() => Promise<void>)[] = [];
afterAll(() => Promise.all(drops.map((drop) => drop())));

test('each database is migrated, and nobody else sees what is written there', async () => {
  const databases = await Promise.all([testDatabase(), testDatabase()]);
  drops.push(...databases.map(({ drop }) => drop));
  const tables = await Promise.all(
    databases.map(async ({ databaseUrl }, n) => {
      const client = new Client({ connectionString: databaseUrl });
      await client.connect();
      try {
        if (n === 0) await client.query('CREATE TABLE only_here ()');
        const { rows } = await client.query<{ tablename: string }>('SELECT tablename FROM pg_tables');
        return rows.map(({ tablename }) => tablename);
      } finally {
        await client.end();
      }
    }),
  );
  expect(tables[0]).toEqual(expect.arrayContaining(['only_here', 'outbox']));
  expect(tables[1]).toContain('outbox');
  expect(tables[1]).not.toContain('only_here');
});

test('Redis databases and topics are handed out once', async () => {
  const stores = await Promise.all([testRedis(), testRedis(), testRedis()]);
  drops.push(...stores.map(({ drop }) => drop));
  expect(new Set(stores.map(({ redisUrl }) => redisUrl)).size).toBe(3);
  const redis = new Redis(stores[0]?.redisUrl ?? '');
  expect(await redis.dbsize()).toBe(0);
  redis.disconnect();
  const topics = await Promise.all([testTopic('a'), testTopic('a')]);
  expect(new Set(topics).size).toBe(2);
});
