import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { MSKEvent, MSKRecord } from 'aws-lambda';
import type { SeatCloudEvent } from '../lib/events/seat-event.ts';
import { runtime } from '../lib/runtime.ts';
import { readSeatMap } from '../lib/seats/read-seat-map.ts';
import { setEnvironment, type TestEnvironment } from '../lib/testing/environment.ts';
import { lambdaContext } from '../lib/testing/events.ts';
import { openHall, seatsOf } from '../lib/testing/people.ts';
import { useScene } from '../lib/testing/scene.ts';
import { madeUpEvent } from '../lib/testing/stories.ts';
import { handler } from './consume-reservation-events.ts';

const scene = useScene();
let environment: TestEnvironment;
beforeAll(async () => {
  environment = await setEnvironment({ DATABASE_URL: scene.databaseUrl, REDIS_URL: scene.redisUrl });
});
afterAll(async () => {
  const { db, cache } = await runtime();
  const { redis, seatLock, walletLock } = await cache();
  await seatLock.close();
  await walletLock.close();
  redis.disconnect();
  await db.destroy();
  environment.restore();
});

const base64 = (text: string) => Buffer.from(text).toString('base64');

/** A record as the event source mapping hands it over. */
const record = (partition: number, offset: number, key: string, value: string): MSKRecord => ({
  topic: 'reservation-events',
  partition,
  offset,
  timestamp: 0,
  timestampType: 'CREATE_TIME',
  key: base64(key),
  value: base64(value),
  headers: [],
});

const batch = (records: MSKEvent['records']): MSKEvent => ({
  eventSource: 'aws:kafka',
  eventSourceArn: 'arn:aws:kafka:eu-central-1:123456789012:cluster/c/1',
  bootstrapServers: '127.0.0.1:1',
  records,
});

const context = lambdaContext('r-1', 30_000);
const consume = (event: MSKEvent) => handler(event, context);

test('the records of every partition are applied, and those that fail are named as AWS wants it', async () => {
  const hall = await openHall(scene);
  const held = seatsOf(hall, 'A-1', 'A-2', 'B-1').map((seat) => madeUpEvent('seat.held', seat, hall, 1));
  const [first, second, third] = held;
  if (first === undefined || second === undefined || third === undefined) throw new Error('three seats');
  const of = (partition: number, offset: number, event: SeatCloudEvent) =>
    record(partition, offset, event.subject, JSON.stringify(event));
  const answer = await consume(
    batch({
      'reservation-events-0': [of(0, 41, first), record(0, 42, second.subject, 'broken'), of(0, 43, second)],
      'reservation-events-7': [of(7, 0, third)],
    }),
  );
  expect(answer).toEqual({
    batchItemFailures: [
      { itemIdentifier: { partition: 'reservation-events-0', offset: 42 } },
      { itemIdentifier: { partition: 'reservation-events-0', offset: 43 } },
    ],
  });
  const { items } = await readSeatMap(scene.db, hall.performanceId);
  expect(
    items.filter(({ status }) => status === 'held').map(({ row, number }) => `${row}-${number}`),
  ).toEqual(['A-1', 'B-1']);
});

test('a record without a key or a value fails alone', async () => {
  // The types of the event know nothing of it, but Kafka does.
  const empty = { ...record(0, 1, '', ''), key: null, value: null } as unknown as MSKRecord;
  const hall = await openHall(scene);
  const [seat] = seatsOf(hall, 'A-1');
  if (seat === undefined) throw new Error('a seat was asked for');
  const good = madeUpEvent('seat.held', seat, hall, 1);
  const records = [empty, record(0, 2, good.subject, JSON.stringify(good))];
  expect(await consume(batch({ 'reservation-events-0': records }))).toEqual({
    batchItemFailures: [{ itemIdentifier: { partition: 'reservation-events-0', offset: 1 } }],
  });
});

test('nothing to do is nothing failed', async () => {
  expect(await consume(batch({}))).toEqual({ batchItemFailures: [] });
});
