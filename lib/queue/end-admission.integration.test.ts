import { beforeEach, expect, test } from '@jest/globals';
import type { UserId } from '../ids.ts';
import type { Hall } from '../performances/hall.ts';
import { queueKeys } from '../redis/keys.ts';
import { newUser, openHall } from '../testing/people.ts';
import { useScene } from '../testing/scene.ts';
import { endAdmission } from './end-admission.ts';
import { enterQueue } from './enter-queue.ts';
import { isAdmitted } from './is-admitted.ts';
import { leaveQueue } from './leave-queue.ts';
import { readPlace } from './read-place.ts';

const scene = useScene();
const receiptKey = 'a key of the tests, 32 characters';
let hall: Hall;
let first: UserId;
let second: UserId;

const placeOf = (user: UserId) => ({ performanceId: hall.performanceId, userId: user });
const enter = (user: UserId) => enterQueue({ ...scene, receiptKey }, placeOf(user));
const statusOf = async (user: UserId) => (await readPlace({ ...scene, receiptKey }, placeOf(user))).status;

beforeEach(async () => {
  const waitingRoom = {
    capacity: 1,
    admitPerSecond: 100,
    admissionSeconds: 60,
    heartbeatSeconds: 60,
    draw: false,
  };
  hall = await openHall(scene, { waitingRoom });
  [first, second] = [newUser('first'), newUser('second')];
  await enter(first);
  await enter(second);
});

test('the next in line is admitted at once', async () => {
  expect(await isAdmitted(scene.redis, hall.performanceId, second)).toBe(false);
  await endAdmission(scene.redis, placeOf(first));
  expect(await isAdmitted(scene.redis, hall.performanceId, first)).toBe(false);
  expect(await isAdmitted(scene.redis, hall.performanceId, second)).toBe(true);
});

/** The admission ran out, the next one came in, and the user stands in line again. */
async function enterAgain(): Promise<void> {
  await scene.redis.zadd(queueKeys(hall.performanceId).admitted, 1, first);
  await enter(first);
  expect(await statusOf(first)).toBe('waiting');
}

test('who stands in line again by the time a payment is done keeps the place', async () => {
  await enterAgain();
  await endAdmission(scene.redis, placeOf(first));
  expect(await statusOf(first)).toBe('waiting');
});

test('which leaving instead would have cost', async () => {
  await enterAgain();
  await leaveQueue(scene, placeOf(first));
  await expect(statusOf(first)).rejects.toMatchObject({ slug: 'not-in-queue' });
});

test('in a line that is lost there is nothing to end', async () => {
  await scene.redis.flushdb();
  await expect(endAdmission(scene.redis, placeOf(first))).resolves.toBeUndefined();
});
