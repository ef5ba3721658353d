import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { createLock } from '../../lib/lock/create-lock.ts';
import { createRedis, type RedisClient } from '../../lib/redis/client.ts';
import { admitUser, giveHold, openHall } from '../../lib/testing/people.ts';
import { failureOf } from '../../lib/testing/race.ts';
import { useScene } from '../../lib/testing/scene.ts';
import { openSecretsServer, type SecretsServer, secretValue } from '../../lib/testing/secrets-server.ts';
import { testServices, testTopic } from '../../test/services.ts';
import { type PrivateCluster, privateCluster } from '../bench/private-cluster.ts';
import { type PrivateRedis, privateRedis } from '../bench/private-redis.ts';
import { auditEnvironment } from './audit-environment.ts';
import { findEnvironment } from './environment.ts';
import { type Finding, isSound } from './run-audit.ts';

const scene = useScene();
const arnOf = (name: string) => `arn:aws:secretsmanager:eu-central-1:123456789012:secret:${name}`;
let named: NodeJS.ProcessEnv;

beforeAll(async () => {
  named = {
    KAFKA_BROKERS: (await testServices()).kafkaBrokers,
    DATABASE_URL: scene.databaseUrl,
    REDIS_URL: scene.redisUrl,
    RESERVATION_EVENTS_TOPIC: await testTopic('audit-servers'),
  };
}, 120_000);

async function audit(environment: NodeJS.ProcessEnv): Promise<Finding[]> {
  const options = { json: false, graceSeconds: 30, performanceIds: [] };
  return auditEnvironment(await findEnvironment({ ...named, ...environment }, 'none'), options);
}

const holdsEnd = (findings: readonly Finding[]) => findings.find(({ name }) => name === 'holds-end');

describe('a Redis Cluster', () => {
  let cluster: PrivateCluster;
  let redis: RedisClient;
  beforeAll(async () => {
    cluster = await privateCluster();
    redis = createRedis({ url: cluster.url, cluster: true });
  }, 60_000);
  afterAll(async () => {
    redis.disconnect();
    await cluster.close();
  });

  test('is looked at on all its nodes: a lock without an end is found on any', async () => {
    const seatLock = createLock('simple', redis);
    const onCluster = { ...scene, redis, seatLock, cache: async () => ({ redis }) };
    const halls = await Promise.all(Array.from({ length: 6 }, () => openHall(onCluster)));
    for (const hall of halls) await giveHold(onCluster, hall, await admitUser(onCluster, hall), 'A-1', 'A-2');
    await seatLock.close();
    const environment = { REDIS_URL: cluster.url, REDIS_CLUSTER: 'true' };
    const sound = await audit(environment);
    expect(holdsEnd(sound)).toMatchObject({
      verdict: 'held',
      counted: expect.stringContaining('12 keys left'),
    });
    expect(sound.find(({ name }) => name === 'capacity-kept')?.verdict).toBe('held');

    const keys = halls.map(({ performanceId }) => `{${performanceId}}:seat:${performanceId}:A-1`);
    for (const key of keys) await redis.persist(key);
    expect(holdsEnd(await audit(environment))?.violations.toSorted()).toEqual(
      keys.map((key) => `${key} never expires`).toSorted(),
    );
  }, 60_000);
});

describe('servers that ask who it is', () => {
  const authToken = 'the password of this Redis';
  let guarded: PrivateRedis;
  let secrets: SecretsServer;
  let bare: NodeJS.ProcessEnv;
  beforeAll(async () => {
    guarded = await privateRedis();
    const redis = new Redis(guarded.url);
    await redis.config('SET', 'requirepass', authToken);
    redis.disconnect();
    const url = new URL(scene.databaseUrl);
    const { username, password } = url;
    Object.assign(url, { username: '', password: '' });
    bare = { REDIS_URL: guarded.url, DATABASE_URL: url.href };
    const values = new Map([
      [arnOf('redis'), JSON.stringify({ authToken })],
      [arnOf('database'), JSON.stringify({ username, password })],
    ]);
    secrets = await openSecretsServer((arn) => secretValue(arn, values.get(arn) ?? ''));
    Object.assign(process.env, secrets.environment);
  }, 60_000);
  afterAll(async () => {
    for (const name of Object.keys(secrets.environment)) delete process.env[name];
    await Promise.all([guarded.close(), secrets.close()]);
  });

  test('are told by the secrets that the environment names', async () => {
    const arns = { REDIS_SECRET_ARN: arnOf('redis'), DATABASE_SECRET_ARN: arnOf('database') };
    expect(isSound(await audit({ ...bare, ...arns }))).toBe(true);
  });

  test.each([
    ['Redis', { DATABASE_SECRET_ARN: arnOf('database') }],
    ['Postgres', { REDIS_SECRET_ARN: arnOf('redis') }],
  ])('%s refuses without', async (server, arns) => {
    expect(await failureOf(audit({ ...bare, ...arns }))).toMatchObject({
      message: expect.stringMatching(`^${server} cannot be asked: `),
    });
  });
});
