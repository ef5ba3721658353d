import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { type PrivateRedis, privateRedis } from '../../infra/bench/private-redis.ts';
import type { UserId } from '../ids.ts';
import { queueKeys } from '../redis/keys.ts';
import { changeRoom } from './change-room.ts';
import { endAdmission } from './end-admission.ts';
import { enterQueue } from './enter-queue.ts';
import { grantGrace } from './grant-grace.ts';
import { inspectLine } from './inspect-line.ts';
import { isAdmitted } from './is-admitted.ts';
import { leaveQueue } from './leave-queue.ts';
import { openLine } from './open-line.ts';
import { readDraw } from './read-draw.ts';
import { readPlace } from './read-place.ts';
import { readQueue } from './read-queue.ts';
import { roomKeys } from './room-script.ts';
import { isBounded } from './testing/bounded-command.ts';
import type { ScriptEdit } from './testing/edited-redis.ts';
import { openQueueServices, type QueueServices } from './testing/queue-services.ts';
import { createClockedPerformance, userNumbered } from './testing/test-room.ts';
import { writeRoomNumber } from './testing/write-room-number.ts';

/** Its own: every command of a server is watched here, and those of other tests would be too many. */
let server: PrivateRedis;
let services: QueueServices;
beforeAll(async () => {
  server = await privateRedis();
  services = await openQueueServices({ url: server.url, cluster: false });
}, 60_000);
afterAll(async () => {
  await services.close();
  await server.close();
});

/** As `opening.lua` and `admission.lua` have it. */
const batch = 50;
/** Far more of everything than one call may do. */
const many = 2_000;

interface FullRoomOptions {
  readonly edit?: ScriptEdit;
  readonly draw?: boolean;
  /** Behind each who waits, one who was drawn has gone. */
  readonly gone?: boolean;
}

async function openRoomOf(capacity: number, { edit, draw = false }: FullRoomOptions = {}) {
  const { db, receiptKey } = services;
  const redis = services.connect(edit);
  const { performanceId, clock } = await createClockedPerformance(db, redis, {
    ...{ capacity, admitPerSecond: 100_000, heartbeatSeconds: 3_600, admissionSeconds: 3_600 },
    drawSeed: draw ? '5eed'.repeat(16) : null,
  });
  const all = { redis, db, receiptKey };
  await openLine(all, performanceId);
  return { all, redis, performanceId, clock, keys: queueKeys(performanceId) };
}

/**
 * A room with everything to do at once: `many` waiters and `many` admissions whose time is over, and behind them
 * `many` who are to be admitted. Written past the scripts, which would take a while.
 */
async function openFullRoom(options: FullRoomOptions = {}) {
  const { draw = false, gone = false } = options;
  const { all, redis, performanceId, clock, keys } = await openRoomOf(100_000, options);
  const [past, future] = [clock.nowMs - 1, clock.nowMs + 3_600_000];
  const row = (kind: string, score: (n: number) => number) =>
    Array.from({ length: many }, (_, n) => [score(n), `${kind}-${n}`]).flat();
  // In a draw the living come first, so that they are admitted: by their lots, which lie below 1.
  const [lots, silent] = [row('alive', (n) => (n + 1) / (2 * many)), row('silent', (n) => n + 1)];
  await redis.zadd(keys.line, ...silent, ...(draw ? lots : row('alive', (n) => many + n + 1)));
  if (draw) await redis.zadd(keys.lots, ...lots);
  if (gone) await redis.zadd(keys.lots, ...row('gone', (n) => (n + 1.5) / (2 * many)));
  await redis.zadd(keys.heartbeats, ...row('silent', () => past), ...row('alive', () => future));
  await redis.zadd(keys.admitted, ...row('inside', () => past), future, guest);
  await redis.hset(keys.admittedTickets, guest, 1);
  await redis.hset(keys.room, 'lastTicket', 2 * many);
  await writeRoomNumber(redis, performanceId, 'dueAtMs', past);
  return { all, redis, performanceId, clock, keys, owner: { performanceId, userId: userNumbered(1) } };
}

type FullRoom = Awaited<ReturnType<typeof openFullRoom>>;

/** Two of those of `openFullRoom`: one who waits far behind, and one who is inside for an hour. */
const [waiter, guest] = [`alive-${many - 1}` as UserId, 'guest' as UserId];

const commands: Readonly<Record<string, (room: FullRoom) => Promise<unknown>>> = {
  enter: ({ all, owner }) => enterQueue(all, owner),
  poll: ({ all, owner }) => readPlace(all, owner).catch(() => undefined),
  'poll of who waits': ({ all, owner }) => readPlace(all, { ...owner, userId: waiter }),
  leave: ({ all, owner }) => leaveQueue(all, owner),
  'leave of who waits': ({ all, owner }) => leaveQueue(all, { ...owner, userId: waiter }),
  'end an admission': ({ redis, owner }) => endAdmission(redis, owner),
  'end of who is inside': ({ redis, owner }) => endAdmission(redis, { ...owner, userId: guest }),
  'a grace': ({ redis, performanceId }) => grantGrace(redis, performanceId),
  view: ({ all, performanceId }) => readQueue(all, performanceId),
  inspect: ({ all, performanceId }) => inspectLine(all, performanceId),
  'check an admission': ({ redis, owner }) => isAdmitted(redis, owner.performanceId, owner.userId),
  change: ({ all, performanceId }) => changeRoom(all, performanceId, { capacity: 50_000 }),
  'read the draw': ({ all, performanceId }) =>
    readDraw(all, performanceId, { after: 0, limit: 200 }).catch(() => undefined),
};

/** The commands that scripts send to Redis while something runs, of this performance alone: other tests run beside it. */
async function watchScripts(
  { redis, performanceId }: FullRoom,
  run: () => Promise<unknown>,
): Promise<string[][]> {
  const watcher = new Redis(services.redisUrl);
  const monitor = await watcher.monitor();
  const seen: string[][] = [];
  const done = `{${performanceId}}:done`;
  const finished = new Promise<void>((resolve) => {
    monitor.on('monitor', (_time: string, args: string[], source: string) => {
      if (args[1] === done) resolve();
      else if (source === 'lua' && args[1]?.includes(performanceId)) seen.push(args);
    });
  });
  await run();
  await redis.exists(done);
  await finished;
  monitor.disconnect();
  watcher.disconnect();
  return seen;
}

/** How many went from each key, how many commands of Redis one call has made, and the most that one of them named. */
async function measureCall(call: (room: FullRoom) => Promise<unknown>, options?: FullRoomOptions) {
  const room = await openFullRoom(options);
  const { redis, keys } = room;
  const ended = () => redis.zcount(keys.admitted, '-inf', room.clock.nowMs);
  const before = [await redis.zcard(keys.heartbeats), await ended()] as const;
  const inScripts = await watchScripts(room, () => call(room));
  return {
    waitersGone: before[0] - (await redis.zcard(keys.heartbeats)),
    endedGone: before[1] - (await ended()),
    commands: inScripts.length,
    widest: Math.max(...inScripts.map((args) => args.length)),
    unbounded: inScripts.filter((args) => !isBounded(args, batch)).map((args) => args.join(' ')),
  };
}

/** Apart from the lookups in the draw. */
const mostCommands = 30;

describe('one call, whatever is due', () => {
  test.each(Object.entries(commands))(
    '%s: a batch of each kind at most, in 30 commands at most',
    async (name, call) => {
      const own = name === 'leave of who waits' ? 1 : 0;
      const { waitersGone, endedGone, commands: count, widest, unbounded } = await measureCall(call);
      expect(unbounded).toEqual([]);
      // A batch of the silent, and a batch of those in front, who are admitted or found to be silent.
      expect(waitersGone).toBeLessThanOrEqual(2 * batch + own);
      expect(endedGone).toBeLessThanOrEqual(batch);
      expect(count).toBeLessThanOrEqual(mostCommands);
      expect(widest).toBeLessThanOrEqual(2 * batch + 2);
    },
  );

  const view = (room: FullRoom) => readQueue(room.all, room.performanceId);

  test('after a draw: the same, and a lookup more for each behind whom others have gone', async () => {
    const { commands: together } = await measureCall(view, { draw: true });
    expect(together).toBeLessThanOrEqual(mostCommands);
    const { commands: apart } = await measureCall(view, { draw: true, gone: true });
    expect(apart).toBeGreaterThan(mostCommands);
    expect(apart).toBeLessThanOrEqual(mostCommands + batch);
  });

  test('and one that looks at the whole line is found', async () => {
    for (const look of [
      "'ZRANGE', line, 0, -1",
      "'HGETALL', admittedTickets",
      "'ZRANGEBYSCORE', line, 0, 1",
    ]) {
      const looking: ScriptEdit = (source) =>
        source.replace('local batch = 50', `redis.call(${look})\nlocal batch = 50`);
      const { unbounded, commands: count } = await measureCall(view, { edit: looking });
      expect(count).toBeLessThanOrEqual(mostCommands);
      expect(unbounded).toHaveLength(1);
    }
  });

  test('which is not so without the batch', async () => {
    const everything: ScriptEdit = (source) => source.replace('local batch = 50', 'local batch = 2000');
    const { waitersGone, widest } = await measureCall(view, { edit: everything });
    expect(waitersGone).toBeGreaterThan(2 * batch);
    expect(widest).toBeGreaterThan(2 * batch + 2);
  });
});

describe('one call, when nothing is due and the room is full', () => {
  const steady = [
    { name: 'a poll', most: 7, call: ({ all, owner }: FullRoom) => readPlace(all, owner) },
    { name: 'an entry', most: 9, call: ({ all, owner }: FullRoom) => enterQueue(all, newcomerTo(owner)) },
    { name: 'a view', most: 5, call: ({ all, performanceId }: FullRoom) => readQueue(all, performanceId) },
  ];
  const newcomerTo = (owner: FullRoom['owner']) => ({ ...owner, userId: userNumbered(4) });

  test.each(steady)('$name: $most commands', async ({ most, call }) => {
    const room = await openRoomOf(1);
    const { all, performanceId } = room;
    for (const number of [1, 2, 3]) await enterQueue(all, { performanceId, userId: userNumbered(number) });
    const full = { ...room, owner: { performanceId, userId: userNumbered(3) } };
    expect(await watchScripts(full, () => call(full))).toHaveLength(most);
  });
});

describe('a large expiry', () => {
  test('is spread over the calls that come, and nobody silent is admitted meanwhile', async () => {
    const room = await openFullRoom();
    const { redis, keys, all, performanceId, clock } = room;
    const silent: number[] = [];
    for (let call = 0; call < many / batch; call++) {
      await readQueue(all, performanceId);
      silent.push(await redis.zcount(keys.heartbeats, '-inf', clock.nowMs));
      expect(await redis.hgetall(keys.admittedTickets)).not.toHaveProperty('silent-0');
    }
    expect(silent.every((left, index) => left >= many - 2 * batch * (index + 1))).toBe(true);
    expect(silent.at(-1)).toBe(0);
    const inside = Object.keys(await redis.hgetall(keys.admittedTickets));
    expect(inside.filter((user) => user.startsWith('silent'))).toEqual([]);
  });
});

describe('the keys of a room', () => {
  test('share one hash tag, which is the performance', async () => {
    const { performanceId, keys } = await openFullRoom();
    expect(roomKeys(performanceId).toSorted()).toEqual(Object.values(keys).toSorted());
    for (const key of Object.values(keys)) expect(/\{(.+?)\}/.exec(key)?.[1]).toBe(performanceId);
  });
});
