import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { eventually } from '../../test/contract/eventually.ts';
import type { UserId } from '../ids.ts';
import type { Hall } from '../performances/hall.ts';
import { endAdmission } from '../queue/end-admission.ts';
import { createRedis } from '../redis/client.ts';
import { admitUser, newKey, newUser, openHall, seatsOf } from '../testing/people.ts';
import { failureOf, race, refusalOf, times } from '../testing/race.ts';
import { requestRecords } from '../testing/requests.ts';
import { useScene } from '../testing/scene.ts';
import { requestSeat } from './request-seat.ts';

const scene = useScene();
const absentRedis = createRedis({ url: 'redis://127.0.0.1:1', cluster: false });
afterAll(() => absentRedis.disconnect());
let hall: Hall;
let user: UserId;
beforeEach(async () => {
  hall = await openHall(scene);
  user = await admitUser(scene, hall);
});

const request = (place: string, idempotencyKey: string, userId = user, redis = scene.redis) => {
  const [seatId] = seatsOf(hall, place);
  if (seatId === undefined) throw new Error('a place was given');
  return requestSeat({ db: scene.db, redis }, { userId, hall, seatId, idempotencyKey, requestId: 'r-1' });
};
const rows = () =>
  scene.db
    .selectFrom('reservation_requests')
    .selectAll()
    .where('performance_id', '=', hall.performanceId)
    .execute();

describe('a request', () => {
  test('is accepted, with its record for the seat', async () => {
    const { answer, requestId } = await request('A-1', newKey());
    expect(answer).toEqual({ status: 202, text: JSON.stringify({ requestId }), replayed: false });
    const [seatId] = seatsOf(hall, 'A-1');
    expect(await rows()).toMatchObject([
      { request_id: requestId, seat_id: seatId, user_id: user, status: 'pending', decided_at: null },
    ]);
    const [record, ...others] = await requestRecords(scene, hall);
    expect(others).toEqual([]);
    expect(record?.key).toBe(seatId);
    expect(JSON.parse(record?.value ?? '')).toEqual({
      requestId,
      performanceId: hall.performanceId,
      seatId,
      userId: user,
    });
  });

  test('whose record cannot be written is none, and its key is unused', async () => {
    const key = newKey();
    await sql`ALTER TABLE outbox ADD CONSTRAINT nothing_more CHECK (false) NOT VALID`.execute(scene.db);
    try {
      expect(await failureOf(request('A-1', key))).toMatchObject({ constraint: 'nothing_more' });
    } finally {
      await sql`ALTER TABLE outbox DROP CONSTRAINT nothing_more`.execute(scene.db);
    }
    expect(await rows()).toEqual([]);
    expect((await request('A-1', key)).answer.replayed).toBe(false);
  });

  test('of somebody who is not admitted is refused, and its key is unused', async () => {
    const stranger = newUser();
    const key = newKey();
    expect((await refusalOf(request('A-1', key, stranger))).slug).toBe('not-admitted');
    expect(await rows()).toEqual([]);
    expect(await requestRecords(scene, hall)).toEqual([]);
    expect((await request('A-1', key)).answer.replayed).toBe(false);
  });

  test('without Redis is an outage, and leaves nothing behind', async () => {
    const key = newKey();
    const failure = await failureOf(request('A-1', key, user, absentRedis));
    expect(failure).toMatchObject({ name: 'DependencyError', dependency: 'redis' });
    expect(await rows()).toEqual([]);
    expect((await request('A-1', key)).answer.replayed).toBe(false);
  });
});

describe('a key that has its answer', () => {
  test('gives it again, to the byte', async () => {
    const key = newKey();
    const first = await request('A-1', key);
    expect(await request('A-1', key)).toEqual({ ...first, answer: { ...first.answer, replayed: true } });
    expect(await rows()).toHaveLength(1);
  });

  test('gives it again when the admission is over, and without Redis', async () => {
    const key = newKey();
    const first = await request('A-1', key);
    await endAdmission(scene.redis, { performanceId: hall.performanceId, userId: user });
    expect((await refusalOf(request('A-1', newKey()))).slug).toBe('not-admitted');
    const replay = { ...first, answer: { ...first.answer, replayed: true } };
    expect(await request('A-1', key)).toEqual(replay);
    expect(await request('A-1', key, user, absentRedis)).toEqual(replay);
    expect(await rows()).toHaveLength(1);
  });

  test('is not given to another request, admitted or not', async () => {
    const key = newKey();
    await request('A-1', key);
    expect((await refusalOf(request('A-2', key))).slug).toBe('idempotency-key-reused');
    expect((await refusalOf(request('A-2', key, user, absentRedis))).slug).toBe('idempotency-key-reused');
    expect(await rows()).toHaveLength(1);
  });

  test('belongs to its user', async () => {
    const key = newKey();
    const other = await admitUser(scene, hall);
    const [own, others] = [await request('A-1', key), await request('A-1', key, other)];
    expect(own.requestId).not.toBe(others.requestId);
  });
});

test('a key whose first request is still running says so, though the admission is over by now', async () => {
  const key = newKey();
  const locked = Promise.withResolvers<void>();
  const told = Promise.withResolvers<void>();
  const keepingOutbox = scene.db.transaction().execute(async (tx) => {
    await sql`LOCK TABLE outbox IN EXCLUSIVE MODE`.execute(tx);
    locked.resolve();
    await told.promise;
  });
  await locked.promise;
  const first = request('A-1', key);
  try {
    // Until the first has taken its key, Redis being away is all there is to say.
    const refusal = await eventually('the key is taken', 5_000, () =>
      refusalOf(request('A-1', key, user, absentRedis)),
    );
    expect(refusal.slug).toBe('request-in-progress');
  } finally {
    told.resolve();
    await keepingOutbox;
  }
  expect((await first).answer.status).toBe(202);
});

test('twenty at once with one key make one request', async () => {
  const key = newKey();
  const { results, refusals } = await race(times(20, () => request('A-1', key)));
  expect(new Set(results.map(({ answer }) => answer.text)).size).toBe(1);
  expect(results.filter(({ answer }) => !answer.replayed)).toHaveLength(1);
  for (const { slug } of refusals) expect(slug).toBe('request-in-progress');
  expect(await rows()).toHaveLength(1);
  expect(await requestRecords(scene, hall)).toHaveLength(1);
});

test('twenty at once with a key each make twenty: nobody waits for the seat', async () => {
  const { results } = await race(times(20, () => request('A-1', newKey())));
  expect(results).toHaveLength(20);
  expect(await requestRecords(scene, hall)).toHaveLength(20);
});
