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
const events = rows * seatsPerRow * 3;

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

/** Each seat is held, released and held again: what the map shows at the end depends on the order. */
async function publishStories(): Promise<void> {
  const { kafkaBrokers } = await testServices();
  const publisher = createPublisher({ brokers: kafkaBrokers.split(',') });
  const { rows: seats } = await sql<{ seat_id: SeatId }>`
    SELECT seat_id FROM seats WHERE performance_id = ${hall.performanceId}`.execute(scene.db);
  const types = ['seat.held', 'seat.released', 'seat.held'] as const;
  const records = types.flatMap((type, index) =>
    seats.map(({ seat_id: seat }) => {
      const event = madeUpEvent(type, seat, hall, index + 1, { holdId: holdId(`hold-${index}`) });
      return { key: seat, value: JSON.stringify(event) };
    }),
  );
  await publisher.publish(topic, records, 10_000);
  await publisher.close();
}

const applied = async () => {
  const { rows: found } = await sql<{ count: number }>`
    SELECT coalesce(sum(version), 0)::int AS count FROM seat_map`.execute(scene.db);
  return found[0]?.count ?? 0;
};

test('a consumer that is killed in the middle of its batches does no harm: another goes on where it was', async () => {
  await startConsumer('first').hears('ready');
  await publishStories();
  const before = await eventually(
    'some events are applied',
    30_000,
    async () => {
      const count = await applied();
      return count > 50 ? count : undefined;
    },
    5,
  );
  expect(before).toBeLessThan(events);
  processes[0]?.signal('SIGKILL');
  // Two at once, so that the partitions are also dealt out anew among the living.
  startConsumer('second');
  startConsumer('third');
  await eventually('all events are applied', 60_000, async () =>
    (await applied()) === events ? true : undefined,
  );
  const { rows: map } = await sql`
    SELECT status, hold_id, version, count(*)::int AS seats FROM seat_map GROUP BY 1, 2, 3`.execute(scene.db);
  expect(map).toEqual([{ status: 'held', hold_id: 'hold-2', version: 3, seats: rows * seatsPerRow }]);
  // The control: something was in the hands of the first when it died, and was given to another again.
  const { rows: again } = await sql<{ count: number }>`
    SELECT count(*)::int FROM (
      SELECT record FROM deliveries GROUP BY record HAVING count(DISTINCT consumer) > 1) AS twice`.execute(
    scene.db,
  );
  expect(again[0]?.count).toBeGreaterThan(0);
}, 120_000);
