import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import kafkajs from 'kafkajs';
import { useScene } from '../../lib/testing/scene.ts';
import { tellStory } from '../../lib/testing/stories.ts';
import { testServices, testTopic } from '../../test/services.ts';
import { DeadLetters } from '../local/offline/dead-letters.ts';
import { deadLetterTopicOf } from '../topics.ts';

const scene = useScene();
let kafkaBrokers: string;
let eventsTopic: string;
beforeAll(async () => {
  ({ kafkaBrokers } = await testServices());
  eventsTopic = await testTopic('command');
});

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** As the scripts of package.json have it. */
const quiet = '--disable-warning=TimeoutNegativeWarning';

/** Runs a command as an operator does, on the servers of this test. */
const run = (command: 'replay-dlq' | 'rebuild', ...args: readonly string[]) =>
  new Promise<Outcome>((resolve) => {
    const { databaseUrl: DATABASE_URL, redisUrl: REDIS_URL } = scene;
    const env = {
      ...process.env,
      KAFKA_BROKERS: kafkaBrokers,
      DATABASE_URL,
      REDIS_URL,
      RESERVATION_EVENTS_TOPIC: eventsTopic,
    };
    const program = join(import.meta.dirname, `${command}.ts`);
    execFile(process.execPath, [quiet, program, ...args], { env, timeout: 60_000 }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err });
    });
  });

describe('npm run replay-dlq', () => {
  test('shows and replays, each letter once', async () => {
    const topic = await testTopic('command');
    await testTopic('command', { topic: deadLetterTopicOf(topic), partitions: 1 });
    const kafka = new kafkajs.Kafka({ brokers: kafkaBrokers.split(','), logLevel: kafkajs.logLevel.NOTHING });
    const deadLetters = new DeadLetters(kafka);
    const source = { topic, partition: 1, arn: '', bootstrapServers: '' };
    const value = {
      key: Buffer.from('seat-1'),
      value: Buffer.from('v'),
      timestamp: '1',
      attributes: 0,
      headers: {},
    };
    await deadLetters.put(source, { ...value, offset: '7' }, 'broken');
    await deadLetters.close();
    const letter = `${topic}-1 offset 7 (seat-1): broken\n`;
    const shown = await run('replay-dlq', '--topic', topic, '--dry-run');
    expect(shown).toEqual({ code: 0, out: `${letter}${topic}: 1 would be replayed\n`, err: '' });
    const replayed = await run('replay-dlq', '--topic', topic);
    expect(replayed).toEqual({ code: 0, out: `${letter}${topic}: 1 replayed\n`, err: '' });
    expect(await run('replay-dlq', '--topic', topic)).toMatchObject({ out: `${topic}: 0 replayed\n` });
    expect(await run('replay-dlq', '--records', `${topic}-1:9`)).toMatchObject({ code: 2 });
  }, 120_000);

  test.each([
    [['--topic', 'nowhere']],
    [['--limit', '0']],
    [['--records', 'x']],
    [['--records', 'x-1:2', '--topic', 'x']],
    [['--unknown']],
    [['word']],
  ])('%j makes no sense: 2', async (args) => {
    const { code, err } = await run('replay-dlq', ...args);
    expect({ code, err: err.split('\n')[0] }).toEqual({
      code: 2,
      err: expect.stringMatching(/^replay-dlq: /),
    });
  });
});

describe('npm run rebuild', () => {
  test('puts right what is wrong, checks it, and says so', async () => {
    await tellStory(scene);
    await scene.redis.flushdb();
    const first = await run('rebuild', '--from', 'postgres', '--redis');
    expect(first).toMatchObject({ code: 0, err: '' });
    expect(first.out).toMatch(
      /^postgres: 3 seats of the map put right, 1 tickets issued\nchecked: the projection agrees\nredis: 1 locks put back, 1 lines begun anew, 0 locks in other hands\n$/,
    );
    const { out } = await run('rebuild', '--from', 'postgres', '--redis');
    expect(out).toMatch(/^postgres: 0 seats .* 0 tickets issued\n.*\nredis: 0 locks put back, 0 lines/);
  }, 60_000);

  test('ends with 1 when something stays wrong: the topic knows nothing of what was sold', async () => {
    await tellStory(scene);
    await scene.db.deleteFrom('seat_map').execute();
    const { code, err } = await run('rebuild', '--from', 'topic');
    expect({ code, err }).toEqual({ code: 1, err: expect.stringMatching(/the map says something else/) });
  }, 90_000);

  test.each([[[]], [['--from', 'memory']], [['--unknown']]])('%j makes no sense: 2', async (args) => {
    expect((await run('rebuild', ...args)).code).toBe(2);
  });
});
