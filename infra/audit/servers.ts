import { Cluster, Redis } from 'ioredis';
import type { KafkaConfig } from 'kafkajs';
import { Client } from 'pg';
import { Credentials, createSecret, RedisSecret } from '../../lib/secrets.ts';
import { describeError } from '../local/launch-error.ts';
import type { Environment } from './environment.ts';

/** One server, or a cluster behind the same commands. */
export type AnyRedis = Redis | Cluster;

/** Where the brokers are and how to sign in there. */
export type Brokers = Pick<KafkaConfig, 'ssl' | 'sasl'> & { readonly brokers: readonly string[] };

const connectWithinMs = 5_000;
const statementWithinMs = 120_000;

/**
 * Connects to Redis: to a cluster where it is one, with its password where it has one. Not with the client of the
 * functions, which gives up a command after less time than a long line takes to be read.
 *
 * @throws Error when it cannot be asked
 */
export async function connectRedis({ url, cluster, secretArn }: Environment['redis']): Promise<AnyRedis> {
  const password = secretArn === undefined ? {} : { password: await readAuthToken(secretArn) };
  const options = { connectTimeout: connectWithinMs, retryStrategy: () => null, ...password };
  const redis = cluster
    ? new Cluster([url], {
        lazyConnect: true,
        // Certificates are for names: these are not to be resolved beforehand.
        dnsLookup: (address, callback) => callback(null, address),
        clusterRetryStrategy: () => null,
        redisOptions: { ...options, ...(url.startsWith('rediss:') ? { tls: {} } : {}) },
      })
    : new Redis(url, { ...options, lazyConnect: true });
  // What a command needs to know, its own failure says.
  redis.on('error', () => undefined);
  await redis.connect().catch(naming('Redis'));
  return redis;
}

const readAuthToken = async (arn: string) => (await createSecret(arn, RedisSecret).read()).authToken;

/** @throws Error when Postgres cannot be asked */
export async function connectPostgres({ url, secretArn }: Environment['database']): Promise<Client> {
  const address = new URL(url);
  if (secretArn !== undefined) {
    const { username, password } = await createSecret(secretArn, Credentials).read();
    // In the URL, because what a URL says, or leaves empty, is preferred to settings beside it.
    address.username = encodeURIComponent(username);
    address.password = encodeURIComponent(password);
  }
  const client = new Client({
    connectionString: address.href,
    connectionTimeoutMillis: connectWithinMs,
    statement_timeout: statementWithinMs,
  });
  // A connection that breaks is noticed by the next query, which says so.
  client.on('error', () => undefined);
  await client.connect().catch(naming('Postgres'));
  return client;
}

/** The brokers, with SCRAM over TLS where there is a secret. */
export async function findBrokers({ brokers, secretArn }: Environment['kafka']): Promise<Brokers> {
  if (secretArn === undefined) return { brokers };
  const credentials = await createSecret(secretArn, Credentials).read();
  return { brokers, ssl: true, sasl: { mechanism: 'scram-sha-512', ...credentials } };
}

/** Says which server it was that could not be asked. */
export const naming = (server: string) => (cause: unknown) => {
  // Node collects what became of each address of a host, and says nothing itself.
  const [reason] = cause instanceof AggregateError ? cause.errors : [cause];
  throw new Error(`${server} cannot be asked: ${describeError(reason)}`, { cause });
};
