import { Redis } from 'ioredis';
import { Client } from 'pg';
import { describeError } from '../local/launch-error.ts';
import type { Environment } from './environment.ts';
import type { Evidence } from './invariant.ts';
import { type AuditOptions, UsageError } from './options.ts';
import { type Finding, runAudit } from './run-audit.ts';
import { sampleRooms } from './sample-rooms.ts';
import { readSeatLocks } from './seat-locks.ts';
import { readTopic } from './topic.ts';

const connectWithinMs = 5_000;
const statementWithinMs = 120_000;
const topicWithinMs = 600_000;

/**
 * Judges a system that may be in use, and changes nothing in it. Postgres is judged as of one moment (one REPEATABLE
 * READ snapshot); what lies in Redis is looked at before it and the topic after it, so that whatever goes on meanwhile
 * can only have come in an order that the invariants allow.
 *
 * @throws UsageError for a performance that is not there, Error when a server cannot be asked
 */
export async function auditEnvironment(environment: Environment, options: AuditOptions): Promise<Finding[]> {
  await using stack = new AsyncDisposableStack();
  const redis = stack.adopt(openRedis(environment.redisUrl), (client) => client.disconnect());
  await redis.connect().catch(naming('Redis'));
  const open = async () => stack.adopt(await connect(environment.databaseUrl), (client) => client.end());
  const [current, snapshot] = [await open(), await open()];
  return await runAudit(await gather(environment, options, { redis, current, snapshot }));
}

async function gather(
  { kafkaBrokers, topic }: Environment,
  options: AuditOptions,
  { redis, current, snapshot }: { redis: Redis; current: Client; snapshot: Client },
): Promise<Evidence> {
  const performanceIds = await choosePerformances(current, options.performanceIds);
  const seatLocks = await readSeatLocks(redis, current, performanceIds);
  const samples = await sampleRooms(redis, current, performanceIds);
  await snapshot.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  // The snapshot is taken by the first statement that reads.
  await snapshot.query('SELECT count(*) FROM performances');
  return {
    database: snapshot,
    current,
    seatLocks,
    readRecords: (take) => readTopic(kafkaBrokers, topic, topicWithinMs, take).catch(naming('Kafka')),
    performanceIds,
    samples,
    exchanges: [],
    graceMs: options.graceSeconds * 1_000,
  };
}

function openRedis(redisUrl: string): Redis {
  const redis = new Redis(redisUrl, {
    lazyConnect: true,
    connectTimeout: connectWithinMs,
    retryStrategy: () => null,
  });
  // What a command needs to know, its own failure says.
  redis.on('error', () => undefined);
  return redis;
}

async function connect(databaseUrl: string): Promise<Client> {
  const client = new Client({
    connectionString: databaseUrl,
    connectionTimeoutMillis: connectWithinMs,
    statement_timeout: statementWithinMs,
  });
  // A connection that breaks is noticed by the next query, which says so.
  client.on('error', () => undefined);
  await client.connect().catch(naming('Postgres'));
  return client;
}

async function choosePerformances(database: Client, wanted: readonly string[]): Promise<string[]> {
  const { rows } = await database.query<{ performance_id: string }>(
    'SELECT performance_id FROM performances ORDER BY sequence',
  );
  const found = rows.map(({ performance_id }) => performance_id);
  const unknown = wanted.filter((performanceId) => !found.includes(performanceId));
  if (unknown.length > 0) throw new UsageError(`--performance: there is no ${unknown.join(', ')}`);
  return wanted.length > 0 ? [...wanted] : found;
}

/** Says which server it was that could not be asked. */
const naming = (server: string) => (cause: unknown) => {
  // Node collects what became of each address of a host, and says nothing itself.
  const [reason] = cause instanceof AggregateError ? cause.errors : [cause];
  throw new Error(`${server} cannot be asked: ${describeError(reason)}`, { cause });
};
