import { Redis } from 'ioredis';
import { Pool } from 'pg';
import type { Exchange } from '../../audit/exchange.ts';
import type { Evidence } from '../../audit/invariant.ts';
import { invariants } from '../../audit/invariants.ts';
import { type Finding, runAudit } from '../../audit/run-audit.ts';
import { readSeatLocks } from '../../audit/seat-locks.ts';
import { readTopic } from '../../audit/topic.ts';
import { awaitSettled } from '../../demo/settle.ts';
import type { TortureStage } from '../stage/open-stage.ts';

const settleTimeoutMs = 45_000;
const topicTimeoutMs = 30_000;
/** A sweep may write events while the audit reads: what is then not published yet is so at the next look. */
const maxLooks = 3;
/** A statement may have to wait for a frozen database between the decision and the row that tells of it. */
const decisionSlackMs = 15_000;

/**
 * Judges the stores after a round, with everything still running but nobody asking. Invariants of the line over time
 * need samples and a line that is never lost, and are left out.
 */
export async function auditRound(
  stage: TortureStage,
  performanceIds: readonly string[],
  exchanges: readonly Exchange[],
): Promise<Finding[]> {
  const redis = new Redis(stage.redisUrl, { maxRetriesPerRequest: 3 });
  const database = new Pool({ connectionString: stage.databaseUrl, max: 4 });
  // A connection that breaks while idle is noticed by the next query, which says so.
  database.on('error', () => undefined);
  redis.on('error', () => undefined);
  try {
    for (let look = 1; ; look += 1) {
      for (const performanceId of performanceIds)
        await awaitSettled(database, performanceId, settleTimeoutMs, () => undefined);
      const evidence: Evidence = {
        database,
        current: database,
        seatLocks: await readSeatLocks(redis, database, performanceIds),
        readRecords: (take) => readTopic({ brokers: stage.kafkaBrokers }, stage.topic, topicTimeoutMs, take),
        performanceIds,
        samples: [],
        exchanges,
        graceMs: 0,
        decisionSlackMs,
      };
      const findings = await runAudit(
        evidence,
        invariants.filter(({ needs }) => needs !== 'samples'),
      );
      if (look === maxLooks || findings.every(({ verdict }) => verdict === 'held')) return findings;
    }
  } finally {
    redis.disconnect();
    await database.end();
  }
}
