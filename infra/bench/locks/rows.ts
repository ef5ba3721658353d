import type { LockKind } from '../../../lib/lock/create-lock.ts';
import { type BenchResult, type MeasuredRow, resultOf, round } from '../report.ts';
import type { Contender } from './contention.ts';
import type { Figures } from './figures.ts';
import type { Uncontended } from './uncontended.ts';

type Comparison = Readonly<Record<Contender, Figures>>;

const maxReads = 4;
const maxCommands = 12;
const longestWaitTurns = 3;
const kinds = ['pubsub', 'spin', 'simple'] as const;

const turnover = ({ turnoverP50Ms, turnoverP99Ms }: Figures) => ({
  p50Ms: turnoverP50Ms,
  p99Ms: turnoverP99Ms,
});

/** What one comparison says about the locks, each held against its yardstick. */
export function contendedRows(figures: Comparison): BenchResult[] {
  const { pubsub, spin, simple, redlock, blpop } = figures;
  const at = `${pubsub.workers} workers`;
  const line: MeasuredRow[] = [
    ...handOffRows(pubsub, blpop, at),
    ...lineRows(pubsub, at),
    ...turnoverRows('pubsub', pubsub, { blpop, redlock }, at),
  ];
  const [spinAgainstRedlock, ...spinAgainstOthers] = turnoverRows('spin', spin, { redlock, blpop }, at);
  const spins = spinAgainstRedlock ? [{ ...spinAgainstRedlock, target: '≤ 0.1' }, ...spinAgainstOthers] : [];
  const simpleRow: MeasuredRow = {
    name: `simple, ${at}: acquisitions/s`,
    unit: '1/s',
    ours: simple.acquisitionsPerSecond,
    limit: blpop.acquisitionsPerSecond,
    detail: `against BLPOP; tries once and does not wait: ${simple.refusals} refusals`,
  };
  return [
    ...line.map((row) => resultOf(row, turnover(pubsub))),
    ...spins.map((row) => resultOf(row, turnover(spin))),
    resultOf(simpleRow, turnover(simple)),
    ...kinds.map((kind) => overlapRow(kind, figures[kind], at)),
  ];
}

function handOffRows(ours: Figures, blpop: Figures, at: string): MeasuredRow[] {
  return [
    {
      name: `pubsub, ${at}: hand-offs/s`,
      unit: '1/s',
      ours: ours.handOffsPerSecond,
      limit: blpop.handOffsPerSecond,
      target: '≥ 0.9',
      detail: `against a BLPOP token, which is not crash safe; ${ours.handOffs} hand-offs`,
    },
    {
      name: `pubsub, ${at}: requests a hand-off`,
      unit: 'reads',
      ours: ours.readsPerHandOff,
      limit: maxReads,
      target: '≤ 1',
      detail: `reads by Redis; BLPOP ${round(blpop.readsPerHandOff)}`,
    },
    {
      name: `pubsub, ${at}: commands a hand-off`,
      unit: 'commands',
      ours: ours.commandsPerHandOff,
      limit: maxCommands,
      target: '≤ 1',
      detail: `with those inside scripts; BLPOP ${round(blpop.commandsPerHandOff)}`,
    },
  ];
}

function lineRows(ours: Figures, at: string): MeasuredRow[] {
  return [
    {
      name: `pubsub, ${at}: acquisitions max/mean`,
      unit: 'ratio',
      ours: ours.maxOverMean,
      limit: 1,
      target: '≤ 1.1',
      detail: 'the worker with most over the mean of all, in the worse window',
    },
    {
      name: `pubsub, ${at}: longest wait`,
      unit: 'ms',
      ours: ours.longestWaitMs,
      limit: longestWaitTurns * ours.workers * ours.meanTurnMs,
      target: '≤ 1',
      detail: `against ${longestWaitTurns} × workers × mean turn of ${round(ours.meanTurnMs)} ms`,
    },
  ];
}

function turnoverRows(
  kind: LockKind,
  ours: Figures,
  yardsticks: Readonly<Record<string, Figures>>,
  at: string,
): MeasuredRow[] {
  return Object.entries(yardsticks).map(([name, yardstick]) => ({
    name: `${kind}, ${at}: turnover p50 against ${name}`,
    unit: 'ms',
    ours: ours.turnoverP50Ms,
    limit: yardstick.turnoverP50Ms,
    detail: `${name}: p99 ${round(yardstick.turnoverP99Ms)} ms, ${round(yardstick.handOffsPerSecond)} hand-offs/s, longest wait ${round(yardstick.longestWaitMs)} ms`,
  }));
}

function overlapRow(kind: LockKind, ours: Figures, at: string): BenchResult {
  const row: MeasuredRow = {
    name: `${kind}, ${at}: overlaps`,
    unit: 'holds',
    ours: ours.overlaps,
    limit: ours.turns,
    target: '≤ 0',
    detail: `of ${ours.turns} acquisitions, warm-up and end included; ${ours.errors.length} errors`,
  };
  return resultOf(row, null);
}

/** Whether the price of a hand-off depends on how many wait. */
export function growthRow(few: Figures, many: Figures): BenchResult {
  const row: MeasuredRow = {
    name: `pubsub, ${many.workers} over ${few.workers} workers: commands a hand-off`,
    unit: 'commands',
    ours: many.commandsPerHandOff,
    limit: few.commandsPerHandOff,
    target: '≤ 1.1',
    detail: 'the same however many wait',
  };
  return resultOf(row, null);
}

/** The control: without a lock the overlaps must show. */
export function controlRow(broken: Figures): BenchResult {
  const row: MeasuredRow = {
    name: `control, ${broken.workers} workers: overlaps without a lock`,
    unit: 'holds',
    ours: broken.overlaps,
    limit: broken.turns,
    target: '≥ 0.1',
    detail: `of ${broken.turns} acquisitions`,
  };
  return resultOf(row, null);
}

/** A lock that nobody else wants: its price above that of two round trips. */
export function uncontendedRows({ kind, ...measured }: Uncontended): BenchResult[] {
  const speed: MeasuredRow = {
    name: `${kind}, uncontended: pairs/s`,
    unit: '1/s',
    ours: measured.pairsPerSecond,
    limit: measured.rawPairsPerSecond,
    target: '≥ 0.8',
    detail: 'acquire and release against raw pairs of EVALSHA (SET NX PX, compare and DEL)',
  };
  const trips: MeasuredRow = {
    name: `${kind}, uncontended: round trips`,
    unit: 'reads',
    ours: measured.requestsPerPair,
    limit: 2,
    target: '≤ 1',
    detail: 'reads by Redis for an acquire and its release',
  };
  return [resultOf(speed, measured), resultOf(trips, null)];
}
