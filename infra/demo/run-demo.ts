import { Redis } from 'ioredis';
import { Pool } from 'pg';
import { auditLines, verdictLine } from '../audit/report.ts';
import { passed, runAudit } from '../audit/run-audit.ts';
import { readSeatLocks } from '../audit/seat-locks.ts';
import { readTopic } from '../audit/topic.ts';
import { openStage } from './open-stage.ts';
import type { DemoOptions } from './options.ts';
import { Progress } from './progress.ts';
import { requestTable } from './request-table.ts';
import { runSale, type SaleRun } from './run-sale.ts';
import { awaitSettled, type Backlog } from './settle.ts';
import type { Stage } from './stage.ts';

const settleTimeoutMs = 30_000;
const topicTimeoutMs = 30_000;

/**
 * The whole demo: stack, sale, settling, audit; prints as it goes.
 *
 * @param interrupted ends the demo early; what was started is stopped all the same.
 * @returns whether every invariant held.
 */
export async function runDemo(options: DemoOptions, interrupted: AbortSignal): Promise<boolean> {
  const { users, seats, capacity, seed, sabotage } = options;
  console.log(
    `demo: ${users} users, ${seats} seats, capacity ${capacity}, seed ${seed}${sabotage === null ? '' : `, sabotage ${sabotage}`}`,
  );
  const progress = new Progress(process.stdout);
  const services = new Map<string, string>();
  progress.begin('stack', () => [...services].map(([name, what]) => `${name} ${what}`).join(', '));
  const listener = (name: string, what: string) => void services.set(name, what);
  const stage = await openStage({ sabotage, interrupted, listener }).finally(() => progress.close());
  const redis = new Redis(stage.redisUrl, { maxRetriesPerRequest: 3 });
  const database = new Pool({ connectionString: stage.databaseUrl, max: 4 });
  // A connection that breaks while idle is noticed by the next query, which says so.
  database.on('error', () => undefined);
  redis.on('error', () => undefined);
  try {
    return await Promise.race([
      perform(stage, { redis, database }, options, progress),
      rejectOn(interrupted),
    ]);
  } finally {
    progress.close();
    redis.disconnect();
    await database.end();
    await stage.close();
  }
}

type Stores = { readonly redis: Redis; readonly database: Pool };

async function perform(
  stage: Stage,
  stores: Stores,
  options: DemoOptions,
  progress: Progress,
): Promise<boolean> {
  const { redis, database } = stores;
  const run = await runSale(stage, redis, options, progress);
  const { performanceId, exchanges, samples } = run;
  let backlog: Backlog | undefined;
  progress.begin('settling', () => (backlog === undefined ? '' : describeBacklog(backlog)));
  await awaitSettled(database, performanceId, settleTimeoutMs, (seen) => {
    backlog = seen;
  });
  progress.begin('audit');
  await stage.stopApp();
  const performanceIds = [performanceId];
  const findings = await runAudit({
    database,
    current: database,
    seatLocks: await readSeatLocks(redis, database, performanceIds),
    readRecords: (take) => readTopic({ brokers: stage.kafkaBrokers }, stage.topic, topicTimeoutMs, take),
    performanceIds,
    graceMs: 0,
    samples,
    exchanges,
  });
  progress.close();
  print(saleLines(run, options.seats));
  print(['', ...requestTable(exchanges), '', ...auditLines(findings), '', verdictLine(findings)]);
  if (run.outOfTime) console.log('demo: the sale did not come to its end in time');
  return passed(findings) && !run.outOfTime;
}

function saleLines({ soldSeats, elapsedMs, exchanges }: SaleRun, seats: number): string[] {
  const seconds = elapsedMs / 1000;
  const rate = Math.round(exchanges.length / seconds);
  return [
    '',
    `${soldSeats} of ${seats} seats confirmed to clients in ${seconds.toFixed(1)} s; ${exchanges.length} requests, ${rate} a second`,
  ];
}

function describeBacklog({ unpublished, behind, ticketless }: Backlog): string {
  return `${unpublished} events to publish, seat map behind on ${behind} seats, ${ticketless} seats without a ticket`;
}

function print(lines: readonly string[]): void {
  console.log(lines.join('\n'));
}

function rejectOn(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  if (signal.aborted) reject(signal.reason);
  else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  return promise;
}
