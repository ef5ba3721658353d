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

interface OwnRedis {
  readonly url: string;
  readonly cluster: boolean;
}

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

/** @param own a server, or a node of a cluster, that is the caller's, in place of the one that all tests share */
export async function openQueueServices(own?: OwnRedis): Promise<QueueServices> {
  const database = await testDatabase();
  const shared = own === undefined ? await testRedis() : undefined;
  const redisUrl = own?.url ?? shared?.redisUrl ?? '';
  const cluster = own?.cluster ?? false;
  const db = createDatabase({ url: database.databaseUrl, poolMax: 4 });
  const connections: EditedClient[] = [];
  return {
    db,
    receiptKey: 'a key for the receipts of the tests',
    databaseUrl: database.databaseUrl,
    redisUrl,
    cluster,
    connect(edit = (source) => source, readFirst) {
      const clocked: ScriptEdit = (source) => edit(readTestClock(source));
      const redis = cluster
        ? new EditedCluster(redisUrl, clocked)
        : new EditedRedis(redisUrl, clocked, readFirst);
      connections.push(redis);
      return redis;
    },
    async close() {
      for (const redis of connections) redis.disconnect();
      await db.destroy();
      await database.drop();
      await shared?.drop();
    },
  };
}
