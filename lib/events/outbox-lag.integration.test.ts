import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { sql } from 'kysely';
import { createDatabase } from '../db/client.ts';
import { metrics } from '../log.ts';
import { writeOutbox } from '../testing/outbox-rows.ts';
import { useScene } from '../testing/scene.ts';
import { createPublisher } from './kafka.ts';
import { measureLag, reportLag } from './outbox-lag.ts';
import { relayOutbox } from './relay-outbox.ts';

const scene = useScene();
const topics = { 'reservation-events': 'none', 'reservation-requests': 'none' };

/** What is told as a metric, in the order in which it is. */
let told: [string, number][];
beforeEach(async () => {
  told = [];
  jest.spyOn(metrics, 'addMetric').mockImplementation((name, _unit, value) => {
    told.push([name, value]);
    return metrics;
  });
  await sql`DELETE FROM outbox`.execute(scene.db);
});
afterEach(() => {
  jest.restoreAllMocks();
});

const makeOlder = (seconds: number) =>
  sql`UPDATE outbox SET created_at = created_at - make_interval(secs => ${seconds})`.execute(scene.db);

describe('the lag of the outbox', () => {
  test('is nothing when nothing waits', async () => {
    await writeOutbox(scene.db, { from: 1, to: 7 });
    await sql`UPDATE outbox SET published_at = now()`.execute(scene.db);
    expect(await measureLag(scene.db)).toEqual({ ageMs: 0, rows: 0 });
  });

  test('is the age of the oldest row that waits, of whichever topic, and how many do', async () => {
    await writeOutbox(scene.db, { topic: 'reservation-requests', from: 1, to: 3 });
    await makeOlder(600);
    await writeOutbox(scene.db, { from: 1, to: 7 });
    const { ageMs, rows } = await measureLag(scene.db);
    expect(rows).toBe(10);
    expect(ageMs).toBeGreaterThanOrEqual(600_000);
    expect(ageMs).toBeLessThan(620_000);
  });

  test('is told while nothing can be published, and grows', async () => {
    await writeOutbox(scene.db, { from: 1, to: 7 });
    const publisher = createPublisher({ brokers: ['127.0.0.1:1'] });
    const relay = async () => relayOutbox({ db: scene.db, publisher, topics }, performance.now() + 500);
    try {
      expect(await relay()).toBe(0);
      await makeOlder(300);
      expect(await relay()).toBe(0);
    } finally {
      await publisher.close();
    }
    expect(told.map(([name]) => name)).toEqual(['OutboxLag', 'OutboxRows', 'OutboxLag', 'OutboxRows']);
    const [before = 0, rows, after = 0] = told.map(([, value]) => value);
    expect(rows).toBe(7);
    expect(after - before).toBeGreaterThanOrEqual(300_000);
  });

  test('is not told when Postgres cannot be asked, and stops nothing', async () => {
    const db = createDatabase({ url: 'postgres://u:p@127.0.0.1:1/none', poolMax: 1 });
    await reportLag(db, performance.now() + 200);
    expect(told).toEqual([]);
    await db.destroy();
  });
});
