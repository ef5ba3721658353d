import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { givePoints, newUser } from '../../lib/testing/people.ts';
import { useScene } from '../../lib/testing/scene.ts';
import { testServices, testTopic } from '../../test/services.ts';

const scene = useScene();
const user = newUser();
let servers: NodeJS.ProcessEnv;

beforeAll(async () => {
  servers = {
    KAFKA_BROKERS: (await testServices()).kafkaBrokers,
    DATABASE_URL: scene.databaseUrl,
    REDIS_URL: scene.redisUrl,
    RESERVATION_EVENTS_TOPIC: await testTopic('audit-command'),
  };
  await givePoints(scene, user, 100);
});

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the command as an operator does, on the servers of this test unless told of others. */
const audit = (args: readonly string[], environment: NodeJS.ProcessEnv = servers) =>
  new Promise<Outcome>((resolve) => {
    const program = join(import.meta.dirname, 'audit.ts');
    const node = ['--disable-warning=TimeoutNegativeWarning', program, ...args];
    const env = { ...process.env, ...environment };
    execFile(process.execPath, node, { env, timeout: 60_000 }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err });
    });
  });

test('a system that is sound: 0, each claim with what was counted', async () => {
  const { code, out, err } = await audit([]);
  expect(err).toBe('');
  expect(out).toMatch(/^held +books-balance .*1 /m);
  expect(code).toBe(0);
});

test('a balance that its ledger does not say: 1, and the wallet is named', async () => {
  const raise = (by: number) =>
    sql`UPDATE wallets SET balance = balance + ${by} WHERE user_id = ${user}`.execute(scene.db);
  await raise(1);
  const { code, out } = await audit(['--json', '--grace', '0']);
  await raise(-1);
  expect(code).toBe(1);
  expect(JSON.parse(out)).toMatchObject({
    sound: false,
    graceSeconds: 0,
    findings: expect.arrayContaining([
      expect.objectContaining({
        name: 'books-balance',
        verdict: 'violated',
        violations: [expect.stringContaining(user)],
      }),
    ]),
  });
});

test.each([
  ['an unknown performance', ['--performance', 'nowhere'], {}, 'there is no nowhere'],
  ['half of the servers', [], { REDIS_URL: '' }, 'set REDIS_URL as well'],
  [
    'a server that is not there',
    [],
    { DATABASE_URL: 'postgres://127.0.0.1:1/none' },
    'Postgres cannot be asked',
  ],
  ['an option of its own making', ['--all'], {}, '--all'],
])('%s: 2, and a line that says so', async (_, args, others, line) => {
  const { code, out, err } = await audit(args, { ...servers, ...others });
  expect(out).toBe('');
  expect(err).toContain(line);
  expect(err.trim().split('\n')).toHaveLength(1);
  expect(code).toBe(2);
});
