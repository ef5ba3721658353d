import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { MSKRecord } from 'aws-lambda';
import type { IncomingRecord } from '../lib/events/consume-batch.ts';
import { runtime } from '../lib/runtime.ts';
import { setEnvironment, type TestEnvironment } from '../lib/testing/environment.ts';
import { lambdaContext } from '../lib/testing/events.ts';
import { admitUsers, openHall } from '../lib/testing/people.ts';
import { askInTurn, decisionsOf, requestRecords } from '../lib/testing/requests.ts';
import { useScene } from '../lib/testing/scene.ts';
import { handler } from './consume-reservation-requests.ts';

const scene = useScene();
let environment: TestEnvironment;
beforeAll(async () => {
  // No REDIS_URL that anybody listens at: deciding needs none.
  environment = await setEnvironment({ DATABASE_URL: scene.databaseUrl });
});
afterAll(async () => {
  const { db } = await runtime();
  await db.destroy();
  environment.restore();
});

const base64 = (text: string) => Buffer.from(text).toString('base64');

/** A record as the event source mapping hands it over. */
const mskRecord = (partition: number, { key, value, offset }: IncomingRecord): MSKRecord => ({
  topic: 'reservation-requests',
  partition,
  offset: Number(offset),
  timestamp: 0,
  timestampType: 'CREATE_TIME',
  key: base64(key),
  value: base64(value),
  headers: [],
});

const consume = (records: Readonly<Record<string, MSKRecord[]>>, remainingMs = 30_000) =>
  handler(
    {
      eventSource: 'aws:kafka',
      eventSourceArn: 'arn:aws:kafka:eu-central-1:123456789012:cluster/c/1',
      bootstrapServers: '127.0.0.1:1',
      records,
    },
    lambdaContext('r-1', remainingMs),
  );

test('the requests of every partition are decided without Redis, and those that fail are named as AWS wants it', async () => {
  const hall = await openHall(scene);
  const users = await admitUsers(scene, hall, 4);
  const first = await askInTurn(scene, hall, users, 'A-1');
  const second = await askInTurn(scene, hall, users.slice(0, 2), 'A-2');
  const records = await requestRecords(scene, hall);
  const poison = { ...records[0], key: records[4]?.key ?? '', value: 'broken', offset: '3' };
  const answer = await consume({
    'reservation-requests-3': records.slice(0, 4).map((record) => mskRecord(3, record)),
    'reservation-requests-7': [poison, ...records.slice(4)].map((record) => mskRecord(7, record)),
  });
  const failed = [3, 4, 5].map((offset) => ({
    itemIdentifier: { partition: 'reservation-requests-7', offset },
  }));
  expect(answer).toEqual({ batchItemFailures: failed });
  const taken = 'seat-unavailable';
  expect(await decisionsOf(scene, first)).toEqual(['held', taken, taken, taken]);
  expect(await decisionsOf(scene, second)).toEqual(['pending', 'pending']);
});

test('with no time left everything comes again; with nothing to do nothing has failed', async () => {
  const hall = await openHall(scene);
  const requestIds = await askInTurn(scene, hall, await admitUsers(scene, hall, 1), 'A-1');
  const records = (await requestRecords(scene, hall)).map((record) => mskRecord(0, record));
  expect(await consume({ 'reservation-requests-0': records }, 9_000)).toEqual({
    batchItemFailures: [{ itemIdentifier: { partition: 'reservation-requests-0', offset: 0 } }],
  });
  expect(await decisionsOf(scene, requestIds)).toEqual(['pending']);
  expect(await consume({})).toEqual({ batchItemFailures: [] });
});
