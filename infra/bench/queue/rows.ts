import { quantile } from '../../lab/statistics.ts';
import { type BenchResult, type MeasuredRow, resultOf, round } from '../report.ts';
import type { Drained, DrainFigures } from './drain.ts';
import type { DrawFigures } from './draw.ts';
import type { OperationName } from './operations.ts';
import type { Pair } from './pairs.ts';
import type { SlowSteps } from './slow-steps.ts';
import type { Speed } from './speed.ts';

const speedTargets = { enter: '≥ 0.6', poll: '≥ 0.7' } as const;
const longestStepMs = 5;

export function speedRows(
  operation: OperationName,
  { callsPerSecond, threadMicros }: Speed,
  { inFlight, waiting }: { readonly inFlight: number; readonly waiting: number },
): BenchResult[] {
  const against = `against raw ZADD NX from the same client, both with ${waiting} waiting`;
  const name = `${operation}, ${inFlight} in flight`;
  const speed: MeasuredRow = {
    name: `${name}: calls/s`,
    unit: '1/s',
    ...{ ours: callsPerSecond.ours, limit: callsPerSecond.limit },
    target: speedTargets[operation],
    detail: against,
  };
  const thread: MeasuredRow = {
    name: `${name}: thread of Redis`,
    unit: 'µs',
    ...{ ours: threadMicros.ours, limit: threadMicros.limit },
    detail: `processor time a call, reading and answering included, ${against}`,
  };
  return [resultOf(speed, callsPerSecond), resultOf(thread, null)];
}

export function lengthRow(
  operation: OperationName,
  pair: Pair,
  { long, short }: { readonly long: number; readonly short: number },
): BenchResult {
  const row: MeasuredRow = {
    name: `${operation}: p99 with ${long} waiting`,
    unit: 'ms',
    ours: pair.ours,
    limit: pair.limit,
    target: '≤ 1.3',
    detail: `against ${short} waiting, call by call in turn, 1 in flight`,
  };
  return resultOf(row, pair);
}

/** What the keys of lines of the same people take, in bytes. */
export interface MemoryFigures {
  readonly line: number;
  readonly plain: number;
  readonly waiting: number;
}

export function memoryRow({ line, plain, waiting }: MemoryFigures): BenchResult {
  const row: MeasuredRow = {
    name: 'memory a waiter',
    unit: 'bytes',
    ours: line / waiting,
    limit: plain / waiting,
    target: '≤ 2.2',
    detail: 'all keys of the line against one plain ZSET of the same members, ids of 36 characters',
  };
  return resultOf(row, null);
}

export function drainRows({ cost, reference, admitted, outOfPlace }: DrainFigures): BenchResult[] {
  const costRow: MeasuredRow = {
    name: 'drain: an admission',
    unit: 'µs',
    ours: cost.ours,
    limit: cost.limit,
    target: '≤ 2',
    detail: `a line of ${admitted} against one of ${reference}, in batches; times are those of a call that admits one`,
  };
  return [resultOf(costRow, cost), orderRow('drain', { admitted, outOfPlace }, 'the ticket')];
}

function orderRow(
  name: string,
  { admitted, outOfPlace }: Pick<Drained, 'admitted' | 'outOfPlace'>,
  by: string,
): BenchResult {
  const row: MeasuredRow = {
    name: `${name}: admitted out of order`,
    unit: 'people',
    ours: outOfPlace,
    limit: admitted,
    target: '≤ 0',
    detail: `of ${admitted}, every one checked against ${by}`,
  };
  return resultOf(row, null);
}

/** The control: where two have changed places, two must be found. */
export function swappedRow({ admitted, outOfPlace }: Drained): BenchResult {
  const row: MeasuredRow = {
    name: 'control: out of order where two changed places',
    unit: 'people',
    ours: outOfPlace,
    limit: 2,
    target: '≥ 1',
    detail: `of ${admitted}`,
  };
  return resultOf(row, null);
}

export function drawRows(draw: DrawFigures, plain: number, waiting: number): BenchResult[] {
  const { entering, drawing, admitting, plainEntering, entries, polls, drained } = draw;
  const bytesRow: MeasuredRow = {
    name: 'draw: memory a waiter',
    unit: 'bytes',
    ours: draw.bytes / waiting,
    limit: plain / waiting,
    detail: 'with the lots, which stay to be verified, against one plain ZSET',
  };
  const ofEntering = `entries with their lots (${round(entries.perSecond)}/s)`;
  const plainRow: MeasuredRow = {
    name: 'draw: longest step of a plain ZSET',
    unit: 'ms',
    ours: plainEntering.longestMs,
    limit: longestStepMs,
    detail: `the same people by one ZADD each: what Redis itself takes; ${plainEntering.shown}`,
  };
  return [
    stepRow('entering', { steps: entering, what: ofEntering, tookMs: entries.tookMs }),
    resultOf(plainRow, null),
    stepRow('drawing', { steps: drawing, what: 'the opening and the polls after it', tookMs: polls.tookMs }),
    stepRow('admitting', { steps: admitting, what: 'batches with their lots', tookMs: drained.tookMs }),
    orderRow('draw', drained, 'HMAC-SHA-256(seed, user id)'),
    resultOf(bytesRow, null),
  ];
}

function stepRow(
  phase: string,
  measured: { readonly steps: SlowSteps; readonly what: string; readonly tookMs: readonly number[] },
): BenchResult {
  const { steps, what, tookMs } = measured;
  const row: MeasuredRow = {
    name: `draw, ${phase}: longest step of Redis`,
    unit: 'ms',
    ours: steps.longestMs,
    limit: longestStepMs,
    target: '≤ 1',
    detail: `${what}; ${steps.shown}`,
  };
  return resultOf(row, { p50Ms: quantile(tookMs, 0.5), p99Ms: quantile(tookMs, 0.99) });
}
