import { existsSync } from 'node:fs';
import { afterEach, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { redisProgram } from '../installs/redis-program.ts';
import { freePort } from '../ports.ts';
import { redisService } from '../services/redis.ts';
import { cleanUpStack } from './clean-up.ts';
import { identify, isAlive } from './process-identity.ts';
import { readRecord, writeOwnership } from './process-record.ts';
import { becomesTrue } from './wait.ts';
import { Workplace } from './workplace.ts';

const open: Workplace[] = [];
afterEach(() => Promise.all(open.splice(0).map((workplace) => workplace.close())));

async function runRedis() {
  const workplace = Workplace.throwAway();
  open.push(workplace);
  const { folder } = workplace;
  const port = await freePort();
  const again: number[] = [];
  const service = redisService({
    program: await redisProgram(),
    folder,
    port,
    databases: 4,
    throwAway: true,
  });
  const events = {
    onDied: () => {},
    onServesAgain: (pid: number) => again.push(pid),
    onRestartFailed: () => {},
  };
  return { workplace, folder, again, port, pid: await workplace.run(service, events) };
}

async function onRedis<T>(port: number, use: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(port, '127.0.0.1');
  try {
    return await use(redis);
  } finally {
    redis.disconnect();
  }
}

describe('a server', () => {
  test('that is killed serves again within 10 s, on its port and with its data', async () => {
    const { again, port, pid } = await runRedis();
    await onRedis(port, (redis) => redis.set('kept', 'yes'));
    process.kill(pid, 'SIGKILL');
    expect(await becomesTrue(() => again.length === 1, 10_000)).toBe(true);
    expect(await onRedis(port, (redis) => redis.get('kept'))).toBe('yes');
    expect(again).not.toContain(pid);
  });

  test('is gone, with its folder, when its workplace is closed, and stays away', async () => {
    const { workplace, folder, again, pid } = await runRedis();
    await workplace.close();
    expect([identify(pid), existsSync(folder), again]).toEqual([undefined, false, []]);
  });
});

describe('what a dead launcher left', () => {
  test('is stopped and deleted', async () => {
    const { folder, pid } = await runRedis();
    const record = readRecord(folder);
    expect(record?.processes.map((each) => each.pid)).toEqual([pid]);
    // As the clean-up would see it after our death: an owner that no longer exists.
    const owner = { pid: process.pid, startedAt: 'another boot' };
    expect(await cleanUpStack(folder, { throwAway: true, record: record && { ...record, owner } })).toEqual([
      'redis',
    ]);
    expect([identify(pid), existsSync(folder)]).toEqual([undefined, false]);
  });

  test('is left alone while its owner lives', async () => {
    const { folder, pid } = await runRedis();
    expect(await cleanUpStack(folder, { throwAway: true })).toEqual([]);
    expect([identify(pid)?.pid, existsSync(folder)]).toEqual([pid, true]);
  });

  test('is not mistaken for another process that has its number now', async () => {
    const { folder, pid } = await runRedis();
    const stranger = { pid, startedAt: 'another start', name: 'redis', stopSignal: 'SIGKILL' } as const;
    const owner = { pid: process.pid, startedAt: 'another boot' };
    const record = { owner, folders: [], processes: [stranger] };
    expect(await cleanUpStack(folder, { throwAway: false, record })).toEqual([]);
    expect([isAlive(stranger), identify(pid)?.pid]).toEqual([false, pid]);
    writeOwnership(folder);
  });
});
