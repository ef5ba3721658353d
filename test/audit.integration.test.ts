import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { invariants } from '../infra/audit/invariants.ts';
import { auditLines, verdictLine } from '../infra/audit/report.ts';
import { passed, runAudit } from '../infra/audit/run-audit.ts';
import { breakages } from './audit/breakages/all.ts';
import { topicBreakages } from './audit/breakages/events.ts';
import { event, readingOf } from './audit/clean-sale.ts';
import { Scratch, throughTopic } from './audit/scratch.ts';

let scratch: Scratch;

beforeAll(async () => {
  scratch = await Scratch.open();
}, 120_000);

afterAll(async () => {
  await scratch[Symbol.asyncDispose]();
});

/** Everything a test does to the database is undone by the next one's beginning. */
beforeEach(async () => {
  await scratch.database.query('ROLLBACK; BEGIN');
});

describe('the audit of a sale in which all is well', () => {
  test('finds that every invariant held, and says what it counted', async () => {
    await scratch.putCleanSale();
    const findings = await runAudit(await scratch.evidence());
    expect(findings.filter(({ verdict }) => verdict !== 'held')).toEqual([]);
    expect(passed(findings)).toBe(true);
    expect(auditLines(findings)).toHaveLength(invariants.length);
    expect(verdictLine(findings)).toBe(`audit: every invariant held (${invariants.length})`);
  });

  test('leaves out what only recorded clients can show, when there are none', async () => {
    await scratch.putCleanSale();
    const findings = await runAudit({ ...(await scratch.evidence()), exchanges: [] });
    const leftOut = findings.filter(({ verdict }) => verdict === 'left out').map(({ name }) => name);
    expect(leftOut).toEqual(invariants.filter(({ needs }) => needs === 'clients').map(({ name }) => name));
    expect(findings.filter(({ verdict }) => !['held', 'left out'].includes(verdict))).toEqual([]);
  });
});

describe('the audit of nothing', () => {
  test('has nothing to judge, and that is no pass', async () => {
    const nothing = { readRecords: readingOf([]), seatLocks: [], samples: [], exchanges: [] };
    const findings = await runAudit({ ...(await scratch.evidence()), ...nothing });
    expect(findings.filter(({ verdict }) => verdict === 'held')).toEqual([]);
    expect(passed(findings)).toBe(false);
  });

  test('says so of each invariant', async () => {
    const findings = await runAudit({
      ...(await scratch.evidence()),
      performanceIds: [],
      readRecords: readingOf([]),
      exchanges: [],
      samples: [],
    });
    expect(auditLines(findings).join('\n')).toContain('nothing to judge');
    expect(verdictLine(findings)).toMatch(/failed: .*seat-sold-once/);
  });
});

describe('the audit finds', () => {
  test.each(breakages)('$invariant: $what', async ({ invariant, sql, redis, evidence }) => {
    await scratch.putCleanSale();
    if (sql !== undefined) await scratch.database.query(sql);
    await redis?.(scratch.redis);
    const clean = await scratch.evidence();
    const findings = await runAudit({ ...clean, ...evidence?.(clean) });
    expect(findings.filter(({ verdict }) => verdict === 'violated').map(({ name }) => name)).toContain(
      invariant,
    );
    expect(verdictLine(findings)).toContain(invariant);
    expect(passed(findings)).toBe(false);
  });

  test('a breakage for every invariant', () => {
    const broken = new Set(breakages.map(({ invariant }) => invariant));
    expect(invariants.map(({ name }) => name).filter((name) => !broken.has(name))).toEqual([]);
  });
});

describe('the audit of a topic', () => {
  test('reads every record of every partition, in order', async () => {
    const records = await throughTopic([
      [2, 'show-A1', event('show-A1', 1)],
      [0, 'show-A2', event('show-A2', 1)],
      [2, 'show-A1', event('show-A1', 2)],
    ]);
    expect(records.map(({ partition, offset, key }) => [partition, offset, key])).toEqual([
      [0, 0n, 'show-A2'],
      [2, 0n, 'show-A1'],
      [2, 1n, 'show-A1'],
    ]);
  });

  test('an empty topic has no records', async () => {
    expect(await throughTopic([])).toEqual([]);
  });

  test.each(topicBreakages)('finds $what', async ({ records }) => {
    await scratch.putCleanSale();
    await scratch.database.query(`UPDATE seats SET version = CASE seat_id WHEN 'show-A1' THEN 2 ELSE 0 END`);
    const evidence = { ...(await scratch.evidence()), readRecords: readingOf(await throughTopic(records)) };
    const findings = await runAudit(
      evidence,
      invariants.filter(({ name }) => name === 'seat-events-in-order'),
    );
    expect(findings).toMatchObject([{ verdict: 'violated' }]);
  });
});
