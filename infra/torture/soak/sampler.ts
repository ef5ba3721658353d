import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { Pool } from 'pg';
import type { TortureStage } from '../stage/open-stage.ts';
import { openHeapInspector } from './heap-inspector.ts';
import type { Sample } from './measures.ts';

const run = promisify(execFile);
const kbPerMb = 1_024;
const bytesPerMb = 2 ** 20;

export interface Sampler {
  sample(): Promise<Sample>;
  close(): Promise<void>;
}

/** Looks at the process of the handlers and at the servers, past the proxies. */
export async function openSampler(stage: TortureStage): Promise<Sampler> {
  const redis = new Redis(stage.redisUrl, { maxRetriesPerRequest: 3 });
  const database = new Pool({ connectionString: stage.databaseUrl, max: 1 });
  database.on('error', () => undefined);
  redis.on('error', () => undefined);
  const pid = stage.pidOf('app');
  const heap = await openHeapInspector(pid, stage.appLogFile);
  return {
    async sample() {
      const heapMb = await heap.liveHeapMb();
      const { stdout } = await run('ps', ['-o', 'rss=', '-p', String(pid)]);
      const memory = await redis.info('memory');
      return {
        atMs: performance.now(),
        heapMb,
        rssMb: Number(stdout) / kbPerMb,
        redisMb: Number(/^used_memory:(\d+)/m.exec(memory)?.[1]) / bytesPerMb,
        ...(await readDatabase(database)),
      };
    },
    async close() {
      heap.close();
      redis.disconnect();
      await database.end();
    },
  };
}

type DatabaseSample = Pick<Sample, 'connections' | 'connectionsUnused' | 'outboxLagSeconds'>;

/** Pools close what has been idle for thirty seconds. */
async function readDatabase(database: Pool): Promise<DatabaseSample> {
  const { rows } = await database.query<{ connections: number; unused: number; lag: number }>(
    `SELECT count(*)::int AS connections,
            count(*) FILTER (WHERE state_change < clock_timestamp() - interval '60 seconds')::int AS unused,
            (SELECT coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0)::float8
               FROM outbox WHERE published_at IS NULL) AS lag
       FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid()`,
  );
  const [row] = rows;
  if (row === undefined) throw new Error('the database has no answer');
  return { connections: row.connections, connectionsUnused: row.unused, outboxLagSeconds: row.lag };
}
