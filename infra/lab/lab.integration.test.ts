import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  type TestDatabase,
  type TestRedis,
  testDatabase,
  testRedis,
  testServices,
} from '../../test/services.ts';
import { failures } from './run-lab.ts';
import { plannedRaces, runTroubles } from './trouble/run-trouble.ts';

const openWithinMs = 120_000;
const quickWithinMs = 180_000;

let database: TestDatabase;
let redis: TestRedis;

beforeAll(async () => {
  [database, redis] = await Promise.all([testDatabase(), testRedis()]);
}, openWithinMs);

afterAll(async () => {
  await Promise.all([database.drop(), redis.drop()]);
});

/** One under each trouble that a lock alone loses, and ours that does not. */
const sampled = plannedRaces.filter(
  ({ cell: { hazard, protection } }) => hazard === 'charges' && ['pubsub', 'ours'].includes(protection),
);

test(
  'under each trouble a lock alone is beaten, and what has a barrier is not',
  async () => {
    const { kafkaBrokers } = await testServices();
    const urls = { databaseUrl: database.databaseUrl, redisUrl: redis.redisUrl, kafkaBrokers };
    const seed = Math.floor(Math.random() * 2 ** 31) + 1;
    const troubled = await runTroubles(urls, { runs: 16, seed, planned: sampled });
    expect({ seed, failures: failures({ cells: [], troubled }) }).toEqual({ seed, failures: [] });
    expect(troubled.map(({ trouble, protection }) => `${trouble} ${protection}`)).toHaveLength(6);
  },
  quickWithinMs,
);
