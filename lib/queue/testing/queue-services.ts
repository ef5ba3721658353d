import { testDatabase, testRedis } from '../../../test/services.ts';
import { createDatabase, type Db } from '../../db/client.ts';
import { EditedRedis, type ScriptEdit } from './edited-redis.ts';
import { readTestClock } from './test-clock.ts';

/** What the tests of the waiting room run on: one database, and as many connections to Redis as they ask for. */
export interface QueueServices {
  readonly db: Db;
  readonly receiptKey: string;
  /** A connection whose scripts read the test's clock and are edited beyond that when told. */
  connect(edit?: ScriptEdit): EditedRedis;
  close(): Promise<void>;
}

export async function openQueueServices(): Promise<QueueServices> {
  const database = await testDatabase();
  const redisDatabase = await testRedis();
  const db = createDatabase({ url: database.databaseUrl, poolMax: 4 });
  const connections: EditedRedis[] = [];
  return {
    db,
    receiptKey: 'a key for the receipts of the tests',
    connect(edit = (source) => source) {
      const redis = new EditedRedis(redisDatabase.redisUrl, (source) => edit(readTestClock(source)));
      connections.push(redis);
      return redis;
    },
    async close() {
      for (const redis of connections) redis.disconnect();
      await db.destroy();
      await database.drop();
      await redisDatabase.drop();
    },
  };
}
