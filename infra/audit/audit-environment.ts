import type { Client } from 'pg';
import type { Environment } from './environment.ts';
import type { Evidence } from './invariant.ts';
import { type AuditOptions, UsageError } from './options.ts';
import { type Finding, runAudit } from './run-audit.ts';
import { sampleRooms } from './sample-rooms.ts';
import { readSeatLocks } from './seat-locks.ts';
import {
  type AnyRedis,
  type Brokers,
  connectPostgres,
  connectRedis,
  findBrokers,
  naming,
} from './servers.ts';
import { readTopic } from './topic.ts';

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
  const redis = stack.adopt(await connectRedis(environment.redis), (client) => client.disconnect());
  const open = async () => stack.adopt(await connectPostgres(environment.database), (client) => client.end());
  const [current, snapshot] = [await open(), await open()];
  const brokers = await findBrokers(environment.kafka);
  return await runAudit(await gather({ redis, current, snapshot, brokers }, environment.topic, options));
}

interface Servers {
  readonly redis: AnyRedis;
  readonly current: Client;
  readonly snapshot: Client;
  readonly brokers: Brokers;
}

async function gather(
  { redis, current, snapshot, brokers }: Servers,
  topic: string,
  options: AuditOptions,
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
    readRecords: (take) => readTopic(brokers, topic, topicWithinMs, take).catch(naming('Kafka')),
    performanceIds,
    samples,
    exchanges: [],
    graceMs: options.graceSeconds * 1_000,
  };
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
