import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { enterQueue } from '../../lib/queue/enter-queue.ts';
import { newUser, openHall } from '../../lib/testing/people.ts';
import { useScene } from '../../lib/testing/scene.ts';
import { readQueueArguments } from './queue.ts';

const scene = useScene();

/** Runs the command as an operator does, on the servers of this test. */
const run = (...args: readonly string[]) =>
  new Promise<{ code: number; out: string; err: string }>((resolve) => {
    const env = { ...process.env, DATABASE_URL: scene.databaseUrl, REDIS_URL: scene.redisUrl };
    const program = join(import.meta.dirname, 'ops.ts');
    execFile(process.execPath, [program, ...args], { env, timeout: 60_000 }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err });
    });
  });

describe('npm run ops -- queue', () => {
  test('shows a line, and pauses, re-rates and resumes it', async () => {
    const waitingRoom = { capacity: 1, admitPerSecond: 9, admissionSeconds: 600, heartbeatSeconds: 600 };
    const hall = await openHall(scene, { waitingRoom: { ...waitingRoom, draw: false } });
    const { performanceId } = hall;
    const services = { ...scene, receiptKey: 'a key for the receipts of these tests' };
    for (let n = 0; n < 4; n++) await enterQueue(services, { performanceId, userId: newUser() });

    const shown = await run('queue', performanceId);
    expect(shown).toMatchObject({ code: 0, err: '' });
    expect(shown.out).toMatch(/^state +open$/m);
    expect(shown.out).toMatch(/^waiting +3$/m);
    expect(shown.out).toMatch(/^admitted +1 of 1, now serving 1$/m);
    expect(shown.out).toMatch(/^rate +now serving rose by 0 in the last second; 9 are admitted at most$/m);
    expect(shown.out).toMatch(/^oldest +ticket 2, kept for \d{3} s more/m);

    expect((await run('queue', performanceId, '--pause', '--capacity', '2')).out).toMatch(
      /^state +paused[\s\S]*^admitted +1 of 2,/m,
    );
    const resumed = await run('queue', performanceId, '--resume', '--admit-per-second', '50');
    expect(resumed.out).toMatch(
      /^state +open[\s\S]*^admitted +2 of 2, now serving 2[\s\S]*^rate +now serving rose by \d in the last second; 50 /m,
    );
  }, 60_000);

  test('shows how fast a line goes in', async () => {
    const waitingRoom = { capacity: 1_000, admitPerSecond: 3, admissionSeconds: 600, heartbeatSeconds: 600 };
    const { performanceId } = await openHall(scene, { waitingRoom: { ...waitingRoom, draw: false } });
    const services = { ...scene, receiptKey: 'a key for the receipts of these tests' };
    for (let n = 0; n < 40; n++) await enterQueue(services, { performanceId, userId: newUser() });
    // The bucket holds a second's worth, and is empty by now: at most one more than three come in a second.
    expect((await run('queue', performanceId)).out).toMatch(
      /^rate +now serving rose by [1-4] in the last second; 3 are admitted at most$/m,
    );
  }, 60_000);

  test('says what cannot be', async () => {
    expect(await run('queue', 'nothing')).toMatchObject({ code: 1, err: expect.stringMatching(/^ops: /) });
    expect(await run('line')).toMatchObject({ code: 2 });
  }, 60_000);

  test.each([
    [[]],
    [['a', 'b']],
    [['no id']],
    [['p', '--pause', '--resume']],
    [['p', '--capacity', '0']],
    [['p', '--capacity', '100001']],
    [['p', '--admit-per-second', 'many']],
    [['p', '--faster']],
  ])('refuses %j', (argv) => {
    expect(() => readQueueArguments(argv)).toThrow(expect.objectContaining({ name: 'UsageError' }));
  });
});
