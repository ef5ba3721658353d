import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { createPublisher } from '../lib/events/kafka.ts';
import type { SeatId } from '../lib/ids.ts';
import type { Hall } from '../lib/performances/hall.ts';
import { type TestProcess, testProcess } from '../lib/testing/child-process.ts';
import { setEnvironment, type TestEnvironment } from '../lib/testing/environment.ts';
import { holdId, openHall, points } from '../lib/testing/people.ts';
import { useScene } from '../lib/testing/scene.ts';
import { madeUpEvent } from '../lib/testing/stories.ts';
import { eventually } from './contract/eventually.ts';
import { testServices, testTopic } from './services.ts';

const program = join(import.meta.dirname, 'consumer-process.ts');
const rows = 20;
const seatsPerRow = 20;

const scene = useScene();
let environment: TestEnvironment;
let processes: TestProcess[];
let topic: string;
let hall: Hall;

beforeEach(async () => {
  const { kafkaBrokers } = await testServices();
  environment = await setEnvironment({
    DATABASE_URL: scene.databaseUrl,
    REDIS_URL: scene.redisUrl,
    KAFKA_BROKERS: kafkaBrokers,
  });
  processes = [];
  topic = await testTopic('crash');
  await sql`CREATE TABLE IF NOT EXISTS deliveries (consumer text, record text)`.execute(scene.db);
  await sql`TRUNCATE deliveries, seat_map`.execute(scene.db);
  hall = await openHall(scene, { seats: { rows, seatsPerRow, price: points(100) } });
}, 120_000);
afterEach(async () => {
  await Promise.all(processes.map((each) => each.end()));
  environment.restore();
});

function startConsumer(name: string): TestProcess {
  // What a test sets, its own processes alone see: it is handed on by hand.
  const started = testProcess(program, topic, name, JSON.stringify(process.env));
  processes.push(started);
  return started;
}

/** Each seat is held, released, held again …: what the map shows at the end depends on the order. */
async function publishStories(versions: number): Promise<void> {
  const { kafkaBrokers } = await testServices();
  const publisher = createPublisher({ brokers: kafkaBrokers.split(',') });
  const { rows: seats } = await sql<{ seat_id: SeatId }>`
    SELECT seat_id FROM seats WHERE performance_id = ${hall.performanceId}`.execute(scene.db);
  const records = Array.from({ length: versions }, (_, index) =>
    seats.map(({ seat_id: seat }) => {
      const type = index % 2 === 0 ? 'seat.held' : 'seat.released';
      const event = madeUpEvent(type, seat, hall, index + 1, { holdId: holdId(`hold-${index}`) });
      return { key: seat, value: JSON.stringify(event) };
    }),
  ).flat();
  await publisher.publish(topic, records, 10_000);
  await publisher.close();
}

/** Some of them, and not all. */
async function untilSomeAreApplied(versions: number): Promise<void> {
  const count = await eventually(
    'some events are applied',
    30_000,
    async () => {
      const found = await applied();
      return found > 50 ? found : undefined;
    },
    5,
  );
  expect(count).toBeLessThan(versions * rows * seatsPerRow);
}

async function expectAllApplied(versions: number): Promise<void> {
  await eventually('all events are applied', 60_000, async () =>
    (await applied()) === versions * rows * seatsPerRow ? true : undefined,
  );
  const { rows: map } = await sql`
    SELECT status, hold_id, version, count(*)::int AS seats FROM seat_map GROUP BY 1, 2, 3`.execute(scene.db);
  const last = { status: 'held', hold_id: `hold-${versions - 1}`, version: versions };
  expect(map).toEqual([{ ...last, seats: rows * seatsPerRow }]);
}

const applied = async () => {
  const { rows: found } = await sql<{ count: number }>`
    SELECT coalesce(sum(version), 0)::int AS count FROM seat_map`.execute(scene.db);
  return found[0]?.count ?? 0;
};

test('a consumer that is killed in the middle of its batches does no harm: another goes on where it was', async () => {
  await startConsumer('first').hears('ready');
  await publishStories(3);
  await untilSomeAreApplied(3);
  processes[0]?.signal('SIGKILL');
  // Two at once, so that the partitions are also dealt out anew among the living.
  startConsumer('second');
  startConsumer('third');
  await expectAllApplied(3);
  // The control: something was in the hands of the first when it died, and was given to another again.
  const { rows: again } = await sql<{ count: number }>`
    SELECT count(*)::int FROM (
      SELECT record FROM deliveries GROUP BY record HAVING count(DISTINCT consumer) > 1) AS twice`.execute(
    scene.db,
  );
  expect(again[0]?.count).toBeGreaterThan(0);
}, 120_000);

test('a partition that is dealt to another in the middle of its records does no harm', async () => {
  const versions = 15;
  await startConsumer('first').hears('ready');
  await publishStories(versions);
  await untilSomeAreApplied(versions);
  startConsumer('second');
  await expectAllApplied(versions);
  // The control: partitions moved while there was something in them, between two that lived to the end.
  const { rows: shared } = await sql<{ count: number }>`
    SELECT count(*)::int FROM (
      SELECT split_part(record, '-', 1) AS partition FROM deliveries
      GROUP BY 1 HAVING count(DISTINCT consumer) > 1) AS partitions`.execute(scene.db);
  expect(shared[0]?.count).toBeGreaterThan(0);
}, 120_000);
