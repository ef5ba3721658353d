import { setTimeout as sleep } from 'node:timers/promises';
import { answersOf, type Exchange, type RequestKind } from '../../audit/exchange.ts';
import { strangeAnswers } from '../../audit/invariants/answers-in-contract.ts';
import type { Random } from '../../demo/random.ts';
import { checkHistories, type HistoryFinding } from '../history/check-histories.ts';
import { startLoad } from '../load/run-load.ts';
import { holdSeconds, openSale } from '../load/sale.ts';
import type { TortureStage } from '../stage/open-stage.ts';
import type { Service } from '../stage/service.ts';
import { auditRound } from './audit-round.ts';
import { faultOf } from './expectations.ts';
import type { Fault } from './fault.ts';
import { type Phase, phaseOf, settleMs, type Timeline } from './timeline.ts';
import { type HealthWatch, watchHealth } from './watch-health.ts';

const hall = { rows: 8, seatsPerRow: 12 };
const warmUpMs = 2_500;
/** After the recovery, long enough to see that all goes on. */
const afterwardsMs = settleMs + 2_000;
/** The contract's bound on how long a server that died is missed, and what connecting again may take. */
const recoversWithinMs: Readonly<Record<Service, number>> = {
  redis: 12_000,
  postgres: 12_000,
  kafka: 22_000,
};
/** Beyond this nobody waits. */
const lostAfterMs = 45_000;

export interface RoundResult {
  readonly fault: string;
  readonly lastedMs: number;
  /** From taking the fault back to good health. */
  readonly recoveryMs: number;
  readonly requests: Readonly<Record<Phase, number>>;
  readonly unavailable: number;
  /** Without those that hung up of their own accord. */
  readonly unanswered: number;
  readonly soldSeats: number;
  readonly histories: readonly HistoryFinding[];
  /** Kinds of requests that nobody sent and had answered while the fault was in effect. */
  readonly notTried: readonly RequestKind[];
  /** What was wrong, and how often. */
  readonly anomalies: Readonly<Record<string, number>>;
}

/** One on-sale with one fault in its middle; afterwards every answer, every history and the stores are judged. */
export async function runRound(
  stage: TortureStage,
  fault: Fault,
  random: Random,
  name: string,
): Promise<RoundResult> {
  const sale = await openSale(stage, hall);
  const load = await startLoad(stage, sale, random, name);
  const watch = watchHealth(load.client);
  let timeline: Timeline;
  try {
    await sleep(warmUpMs);
    timeline = await suffer(stage, fault, random.fork(1_000), watch);
    await sleep(afterwardsMs);
  } finally {
    await load.end();
    await watch.stop();
  }
  const { exchanges } = load.client;
  const aside = load.sideClient.exchanges;
  const all = [...exchanges, ...aside];
  const histories = checkHistories(exchanges, holdSeconds * 1_000);
  const findings = await auditRound(stage, [sale.performanceId, load.sidePerformanceId], exchanges);
  const late = timeline.recoveredAtMs - timeline.healedAtMs > recoversWithinMs[fault.service];
  // Lost or doubled seats and points first: a report that is cut short must not leave them out.
  const wrong = [
    ...histories.flatMap(historyFaults),
    ...findings.flatMap((finding) =>
      finding.verdict === 'held'
        ? []
        : [`audit ${finding.name}: ${finding.violations[0] ?? finding.verdict}`],
    ),
    ...strangeAnswers(answersOf(aside)),
    ...(aside.some(({ kind }) => kind === 'extend hold') ? [] : ['nothing was held beside the sale']),
    ...(late ? [`${fault.service} did not recover in time`] : []),
    ...all.flatMap((exchange) => faultOf(exchange, fault, timeline) ?? []),
  ];
  return {
    fault: fault.name,
    lastedMs: Math.max(0, Math.round(timeline.endsAtMs - timeline.onAtMs)),
    recoveryMs: Math.round(timeline.recoveredAtMs - timeline.healedAtMs),
    ...tally(all, timeline),
    soldSeats: sale.soldSeats,
    histories,
    notTried: fault.effect === 'blip' ? [] : notTried(all, timeline),
    anomalies: Object.fromEntries(
      [...Map.groupBy(wrong, (each) => each)].map(([each, same]) => [each, same.length]),
    ),
  };
}

/** Injects the fault, lets it last, takes it back, waits for good health. */
async function suffer(
  stage: TortureStage,
  fault: Fault,
  random: Random,
  watch: HealthWatch,
): Promise<Timeline> {
  const lastsMs = random.whole(...fault.lastsMs);
  const beginsAtMs = Date.now();
  const takeBack = await fault.inject(stage, random);
  const onAtMs = Date.now() + 1;
  let endsAtMs: number;
  try {
    await sleep(lastsMs);
  } finally {
    endsAtMs = Date.now();
    await takeBack();
  }
  const healedAtMs = Date.now();
  const recoveredAtMs = (await watch.recovered(lostAfterMs)) ?? healedAtMs + lostAfterMs;
  return { beginsAtMs, onAtMs, endsAtMs, healedAtMs, recoveredAtMs };
}

function historyFaults({ kind, histories, undecided, violations }: HistoryFinding): string[] {
  const empty = histories === 0 ? [`${kind}: no history to judge`] : [];
  const open = undecided.map((key) => `${kind}: history of ${key} undecided`);
  return [...empty, ...open, ...violations.map((violation) => `${kind} not linearizable: ${violation}`)];
}

function tally(exchanges: readonly Exchange[], timeline: Timeline) {
  const requests = { up: 0, under: 0, between: 0 };
  for (const exchange of exchanges) requests[phaseOf(exchange, timeline)] += 1;
  const unavailable = exchanges.filter(
    ({ kind, outcome }) => kind !== 'read health' && outcome.type === 'answer' && outcome.status === 503,
  ).length;
  const unanswered = exchanges.filter(
    ({ outcome }) => outcome.type === 'unknown' && outcome.reason !== 'aborted',
  ).length;
  return { requests, unavailable, unanswered };
}

function notTried(exchanges: readonly Exchange[], timeline: Timeline): RequestKind[] {
  const kinds = new Set(exchanges.map(({ kind }) => kind));
  for (const exchange of exchanges) if (phaseOf(exchange, timeline) === 'under') kinds.delete(exchange.kind);
  return [...kinds].toSorted();
}
