import { describe, expect, test } from '@jest/globals';
import { ConfigError, readConfig } from './config.ts';

const receiptKey = 'k'.repeat(32);
const jwks = JSON.stringify({ keys: [{ kty: 'EC', crv: 'P-256', x: 'x', y: 'y' }] });

const environment = {
  REDIS_URL: 'redis://127.0.0.1:1234',
  DATABASE_URL: 'postgres://u:p@127.0.0.1:1234/d',
  KAFKA_BROKERS: '127.0.0.1:1,127.0.0.1:2',
  RECEIPT_KEY: receiptKey,
  AUTH_ISSUER: 'http://127.0.0.1/issuer',
  AUTH_AUDIENCE: 'audience',
  AUTH_JWKS: jwks,
};

/** What is said about an environment; fails when nothing is. */
function faultOf(changes: Readonly<Record<string, string | undefined>>): string {
  try {
    readConfig({ ...environment, ...changes });
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('taken');
}

describe('a whole environment', () => {
  test('with what it says, and the rest by default', () => {
    expect(readConfig(environment)).toEqual({
      redis: { url: environment.REDIS_URL, cluster: false, secretArn: undefined },
      database: { url: environment.DATABASE_URL, poolMax: 2, secretArn: undefined },
      kafka: { brokers: ['127.0.0.1:1', '127.0.0.1:2'], secretArn: undefined },
      topics: { 'reservation-events': 'reservation-events', 'reservation-requests': 'reservation-requests' },
      receipts: { key: receiptKey },
      auth: { issuer: environment.AUTH_ISSUER, audience: 'audience', keys: { jwks: JSON.parse(jwks) } },
      queue: { pollsPerSecond: 10_000 },
      locks: { seat: 'simple', wallet: 'pubsub' },
    });
  });

  test('as it is on AWS', () => {
    const arn = 'arn:aws:secretsmanager:eu-central-1:1:secret:s';
    const config = readConfig({
      ...environment,
      REDIS_CLUSTER: 'true',
      REDIS_SECRET_ARN: arn,
      DATABASE_SECRET_ARN: arn,
      DATABASE_POOL_MAX: '1',
      KAFKA_SECRET_ARN: arn,
      RECEIPT_KEY: undefined,
      RECEIPT_SECRET_ARN: arn,
      AUTH_JWKS: undefined,
      AUTH_JWKS_URL: 'https://issuer.example/keys',
      QUEUE_POLLS_PER_SECOND: '250',
      SEAT_LOCK: 'spin',
      WALLET_LOCK: 'simple',
    });
    expect(config.queue).toEqual({ pollsPerSecond: 250 });
    expect(config.redis).toMatchObject({ cluster: true, secretArn: arn });
    expect(config.database).toMatchObject({ poolMax: 1, secretArn: arn });
    expect(config.receipts).toEqual({ secretArn: arn });
    expect(config.auth.keys).toEqual({ url: 'https://issuer.example/keys' });
    expect(config.locks).toEqual({ seat: 'spin', wallet: 'simple' });
  });

  test('does not mind what it does not know', () => {
    expect(() => readConfig({ ...environment, PATH: '/bin' })).not.toThrow();
  });
});

describe('a fault is named by its variable', () => {
  test.each(['REDIS_URL', 'DATABASE_URL', 'KAFKA_BROKERS', 'AUTH_ISSUER', 'AUTH_AUDIENCE'])(
    '%s missing',
    (name) => {
      expect(faultOf({ [name]: undefined })).toContain(name);
      expect(faultOf({ [name]: '' })).toContain(name);
    },
  );

  test.each([
    ['REDIS_URL', 'not a url'],
    ['REDIS_CLUSTER', 'yes'],
    ['REDIS_SECRET_ARN', 'secret'],
    ['DATABASE_URL', 'not a url'],
    ['DATABASE_SECRET_ARN', 'secret'],
    ['DATABASE_POOL_MAX', '0'],
    ['DATABASE_POOL_MAX', '1.5'],
    ['DATABASE_POOL_MAX', 'many'],
    ['DATABASE_POOL_MAX', ''],
    ['KAFKA_SECRET_ARN', 'secret'],
    ['RESERVATION_EVENTS_TOPIC', ''],
    ['RECEIPT_KEY', 'short'],
    ['RECEIPT_SECRET_ARN', 'secret'],
    ['AUTH_JWKS', 'not json'],
    ['AUTH_JWKS', '{}'],
    ['AUTH_JWKS', '{"keys":[{}]}'],
    ['AUTH_JWKS_URL', 'not a url'],
    ['SEAT_LOCK', 'none'],
    ['WALLET_LOCK', 'none'],
  ])('%s=%s', (name, value) => {
    expect(faultOf({ [name]: value })).toContain(name);
  });

  test('the two that may stand for each other', () => {
    expect(faultOf({ RECEIPT_KEY: undefined })).toBe('RECEIPT_KEY or RECEIPT_SECRET_ARN is needed');
    expect(faultOf({ AUTH_JWKS: undefined })).toBe('AUTH_JWKS_URL or AUTH_JWKS is needed');
  });

  test('all faults at once', () => {
    const fault = faultOf({ REDIS_URL: undefined, DATABASE_POOL_MAX: '0' });
    expect(fault).toContain('REDIS_URL');
    expect(fault).toContain('DATABASE_POOL_MAX');
  });
});

describe('a fault does not tell what may be secret', () => {
  test.each([
    ['DATABASE_URL', '//user:hunter2@host/d'],
    ['REDIS_URL', '//:hunter2@host'],
    ['RECEIPT_KEY', 'hunter2'],
    ['AUTH_JWKS', '{"keys": hunter2}'],
  ])('%s', (name, value) => {
    expect(faultOf({ [name]: value })).not.toContain('hunter2');
  });
});
