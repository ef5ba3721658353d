import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  type TestDatabase,
  type TestRedis,
  testDatabase,
  testRedis,
  testServices,
} from '../../test/services.ts';
import { readOptions } from './options.ts';
import { hazards } from './registry.ts';
import { reportPage } from './report/page.ts';
import { failures, runLab } from './run-lab.ts';
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

test(
  'a quick run: every cell is as expected, the controls included, and has its row in the report',
  async () => {
    const options = readOptions(['--quick']);
    if (options === 'help') throw new Error('--quick is no call for help');
    const { kafkaBrokers } = await testServices();
    const urls = { databaseUrl: database.databaseUrl, redisUrl: redis.redisUrl, kafkaBrokers };
    const results = await runLab(urls, options);
    expect({ seed: options.seed, failures: failures(results) }).toEqual({ seed: options.seed, failures: [] });
    expect(results.cells).toHaveLength(hazards.flatMap(({ cells }) => cells).length);
    for (const { runs } of results.cells) expect(runs).toBeGreaterThanOrEqual(options.runs);
    const page = reportPage(results);
    for (const { because } of results.cells) expect(page).toContain(because.split(/[<>&"]/)[0]);
  },
  quickWithinMs,
);

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
