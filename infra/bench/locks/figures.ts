import { quantile } from '../../lab/statistics.ts';
import type { Hold, Trace } from './trace.ts';

/** The part of a run that is looked at, in microseconds of the shared clock. */
export interface Window {
  readonly trace: Trace;
  readonly workers: number;
  readonly startsAt: number;
  readonly endsAt: number;
  /** What Redis did meanwhile. */
  readonly commands: number;
  readonly reads: number;
}

const microsPerMs = 1_000;
const microsPerSecond = 1_000_000;

/** Holds that began while another was open, over the whole trace. @param holds in the order of acquisition */
export function countOverlaps(holds: readonly Hold[]): number {
  let openUntil = Number.NEGATIVE_INFINITY;
  let overlaps = 0;
  for (const { acquiredAt, releasedAt } of holds) {
    if (acquiredAt < openUntil) overlaps += 1;
    openUntil = Math.max(openUntil, releasedAt);
  }
  return overlaps;
}

const isInside = (at: number, { startsAt, endsAt }: Window) => at >= startsAt && at < endsAt;

/**
 * How long the others waited each time the lock was let go: from the first release by a holder to the
 * acquisition by somebody else, with the times in between when the holder took it back. In microseconds. When
 * none ended inside the window, the one that was open at its end counts for as long as it had lasted.
 */
export function turnovers(window: Window): number[] {
  const found: number[] = [];
  let previous: Hold | undefined;
  let firstRelease = 0;
  for (const hold of window.trace.holds) {
    if (hold.worker !== previous?.worker) {
      if (previous !== undefined && isInside(hold.acquiredAt, window))
        found.push(hold.acquiredAt - firstRelease);
      firstRelease = hold.releasedAt;
    }
    previous = hold;
  }
  if (found.length === 0 && previous !== undefined) found.push(Math.max(0, window.endsAt - firstRelease));
  return found;
}

/** Acquisitions by another worker than the last, one that had waited already when the lock was let go. */
export function countHandOffs(window: Window): number {
  return window.trace.holds.filter((hold, index, holds) => {
    const previous = holds[index - 1];
    if (previous === undefined || previous.worker === hold.worker) return false;
    return isInside(hold.acquiredAt, window) && hold.waitedSince <= previous.releasedAt;
  }).length;
}

/**
 * The longest time that a worker was without the lock and wanted it, refusals or not, in microseconds. Counts
 * what ended in the window, and the part before its end of what did not.
 */
export function longestWait(window: Window): number {
  const since = new Map<string, number>();
  let longest = 0;
  for (const { worker, waitedSince, acquiredAt, releasedAt } of window.trace.holds) {
    const from = since.get(worker) ?? waitedSince;
    if (acquiredAt >= window.startsAt)
      longest = Math.max(longest, Math.min(acquiredAt, window.endsAt) - from);
    since.set(worker, releasedAt);
  }
  for (const from of since.values()) longest = Math.max(longest, window.endsAt - from);
  return longest;
}

/** The acquisitions of the worker that had most, over the mean of all workers. */
export function maxOverMean(window: Window): number {
  const counts = new Map<string, number>();
  const inside = window.trace.holds.filter(({ acquiredAt }) => isInside(acquiredAt, window));
  for (const { worker } of inside) counts.set(worker, (counts.get(worker) ?? 0) + 1);
  return inside.length === 0 ? 0 : Math.max(...counts.values()) / (inside.length / window.workers);
}

/** What a lock did in all its windows together. */
export interface Figures {
  readonly workers: number;
  readonly acquisitions: number;
  /** Acquisitions of the whole trace, among which overlaps are looked for. */
  readonly turns: number;
  readonly handOffs: number;
  readonly handOffsPerSecond: number;
  readonly acquisitionsPerSecond: number;
  readonly turnoverP50Ms: number;
  readonly turnoverP99Ms: number;
  readonly commandsPerHandOff: number;
  readonly readsPerHandOff: number;
  /** Of the window where it was worst. */
  readonly maxOverMean: number;
  readonly longestWaitMs: number;
  readonly meanTurnMs: number;
  readonly overlaps: number;
  readonly refusals: number;
  readonly errors: readonly string[];
}

/** @param windows of one lock with one number of workers; at least one */
export function figuresOf(windows: readonly Window[]): Figures {
  const sum = (count: (window: Window) => number) => windows.reduce((total, each) => total + count(each), 0);
  const most = (measure: (window: Window) => number) => Math.max(...windows.map(measure));
  const seconds = sum(({ startsAt, endsAt }) => endsAt - startsAt) / microsPerSecond;
  const all = windows.flatMap(turnovers);
  const handOffs = sum(countHandOffs);
  const inWindow = (window: Window) =>
    window.trace.holds.filter(({ acquiredAt }) => isInside(acquiredAt, window)).length;
  const acquisitions = sum(inWindow);
  return {
    workers: most(({ workers }) => workers),
    acquisitions,
    turns: sum(({ trace }) => trace.holds.length),
    handOffs,
    handOffsPerSecond: handOffs / seconds,
    acquisitionsPerSecond: acquisitions / seconds,
    turnoverP50Ms: quantile(all, 0.5) / microsPerMs,
    turnoverP99Ms: quantile(all, 0.99) / microsPerMs,
    commandsPerHandOff: sum(({ commands }) => commands) / handOffs,
    readsPerHandOff: sum(({ reads }) => reads) / handOffs,
    maxOverMean: most(maxOverMean),
    longestWaitMs: most(longestWait) / microsPerMs,
    meanTurnMs: (seconds * 1_000) / acquisitions,
    overlaps: sum(({ trace }) => countOverlaps(trace.holds)),
    refusals: sum(({ trace }) => trace.refusals),
    errors: windows.flatMap(({ trace }) => trace.errors),
  };
}
