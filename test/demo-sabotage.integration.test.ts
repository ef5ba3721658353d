import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { listSpecimens } from '../infra/demo/sabotage.ts';
import { type Stack, startStack } from '../infra/local/stack.ts';
import { type TestDatabase, type TestRedis, testDatabase, testRedis } from './services.ts';

const demo = fileURLToPath(new URL('../infra/demo/demo.ts', import.meta.url));
/** A demo bounds itself; this is for the case that it does not. */
const demoTimeoutMs = 240_000;
const stackTimeoutMs = 120_000;

/** What each specimen breaks, as the audit names it. */
const brokenBy: Readonly<Record<string, string>> = {
  'admission-without-capacity': 'capacity-kept',
  'charge-without-idempotency': 'charge-key-credited-once',
  'entry-without-check': 'one-place-per-user',
  'hold-without-condition': 'seat-held-by-one',
  'payment-after-expiry': 'holds-end',
  'relay-reorders': 'seat-events-in-order',
  'tickets-not-unique': 'tickets-unique',
  'wallet-without-lock': 'wallet-is-its-ledger',
};

let database: TestDatabase;
let redis: TestRedis;
/** A Kafka of this file alone: two apps on one topic would take each other's events. */
let stack: Stack;

beforeAll(async () => {
  [database, redis] = await Promise.all([testDatabase(), testRedis()]);
  stack = await startStack({ given: { databaseUrl: database.databaseUrl, redisUrl: redis.redisUrl } });
}, stackTimeoutMs);

afterAll(async () => {
  await stack.stop();
  await Promise.all([database.drop(), redis.drop()]);
});

async function runDemo(...options: readonly string[]): Promise<{ code: number | null; output: string }> {
  const { redisUrl, databaseUrl, kafkaBrokers } = stack;
  const env = { ...process.env, REDIS_URL: redisUrl, DATABASE_URL: databaseUrl, KAFKA_BROKERS: kafkaBrokers };
  // kafkajs sets timers in the past, which Node warns of.
  const node = ['--disable-warning=TimeoutNegativeWarning'];
  const args = [...node, demo, '--users', '80', '--seats', '30', '--seed', '5', ...options];
  const child = spawn(process.execPath, args, {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: demoTimeoutMs,
  });
  const exited = new Promise<number | null>((resolve) => {
    child.once('exit', resolve);
  });
  return { output: await text(child.stdout), code: await exited };
}

describe('the demo with a small crowd', () => {
  test(
    'passes its audit as it is',
    async () => {
      const { code, output } = await runDemo();
      expect(output).toContain('audit: every invariant held');
      expect(code).toBe(0);
    },
    demoTimeoutMs,
  );

  test('has an expectation for every specimen', async () => {
    expect(Object.keys(brokenBy)).toEqual(await listSpecimens());
  });

  test.each(Object.entries(brokenBy))(
    'with %s fails its audit by %s',
    async (specimen, invariant) => {
      const { code, output } = await runDemo('--sabotage', specimen);
      // Not merely failed for want of a sale: a specimen that no longer fits the code sells nothing.
      expect(output).toMatch(new RegExp(`^VIOLATED ${invariant} `, 'm'));
      expect(code).toBe(1);
    },
    demoTimeoutMs,
  );
});
