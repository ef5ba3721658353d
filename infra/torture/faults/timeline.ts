import type { Exchange } from '../../audit/exchange.ts';

/** When a fault began and ended, in ms since 1970. */
export interface Timeline {
  readonly beginsAtMs: number;
  /** It has taken effect. */
  readonly onAtMs: number;
  readonly endsAtMs: number;
  /** It was taken back. */
  readonly healedAtMs: number;
  /** The health was good again. */
  readonly recoveredAtMs: number;
}

/** Connections that were broken may be found so by one more request. */
export const settleMs = 2_000;

/** `up`: all is well; `under`: the fault was in effect from call to answer; `between`: neither for certain. */
export type Phase = 'up' | 'under' | 'between';

/** The phase of a request, by the time from its call to its end. */
export function phaseOf({ sentAtMs, endedAtMs }: Exchange, timeline: Timeline): Phase {
  if (endedAtMs < timeline.beginsAtMs || sentAtMs > timeline.recoveredAtMs + settleMs) return 'up';
  if (sentAtMs >= timeline.onAtMs && endedAtMs <= timeline.endsAtMs) return 'under';
  return 'between';
}
