import { testDatabase, testRedis } from '../../../test/services.ts';
import { createDatabase, type Db } from '../../db/client.ts';
import {
  type EditedClient,
  EditedCluster,
  EditedRedis,
  type ReadFirst,
  type ScriptEdit,
} from './edited-redis.ts';
import { readTestClock } from './test-clock.ts';

/** What the tests of the waiting room run on: one database, and as many connections to Redis as they ask for. */
export interface QueueServices {
  readonly db: Db;
  readonly receiptKey: string;
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly cluster: boolean;
  /** A connection whose scripts read the test's clock and are edited beyond that when told. */
  connect(edit?: ScriptEdit, readFirst?: ReadFirst): EditedClient;
  close(): Promise<void>;
}

/** @param clusterUrl a node of a cluster that is the caller's, in place of the server that all tests share */
export async function openQueueServices(clusterUrl?: string): Promise<QueueServices> {
  const database = await testDatabase();
  const server = clusterUrl === undefined ? await testRedis() : undefined;
  const redisUrl = clusterUrl ?? server?.redisUrl ?? '';
  const db = createDatabase({ url: database.databaseUrl, poolMax: 4 });
  const connections: EditedClient[] = [];
  return {
    db,
    receiptKey: 'a key for the receipts of the tests',
    databaseUrl: database.databaseUrl,
    redisUrl,
    cluster: clusterUrl !== undefined,
    connect(edit = (source) => source, readFirst) {
      const clocked: ScriptEdit = (source) => edit(readTestClock(source));
      const redis =
        clusterUrl === undefined
          ? new EditedRedis(redisUrl, clocked, readFirst)
          : new EditedCluster(clusterUrl, clocked);
      connections.push(redis);
      return redis;
    },
    async close() {
      for (const redis of connections) redis.disconnect();
      await db.destroy();
      await database.drop();
      await server?.drop();
    },
  };
}
