import { type Exchange, type RequestKind, readObject, slugOf } from '../../audit/exchange.ts';
import type { Service } from '../stage/service.ts';
import type { Fault } from './fault.ts';
import { type Phase, phaseOf, type Timeline } from './timeline.ts';

/** The contract's limits, and what the way through a busy machine may add to them. */
const unavailableWithinMs = 3_000;
const healthWithinMs = 2_000;
export const clientSlackMs = 500;

/** What the contract lets stop while a service is away: `must` cannot be right without it, `may` can be cached. */
const stops: Readonly<Record<Service, { must: readonly RequestKind[]; may: readonly RequestKind[] }>> = {
  redis: {
    must: [
      'enter queue',
      'poll queue',
      'leave queue',
      'hold seats',
      'request seat',
      'read draw',
      'change waiting room',
    ],
    may: ['read queue'],
  },
  postgres: {
    must: [
      'hold seats',
      'read hold',
      'extend hold',
      'release hold',
      'charge wallet',
      'read wallet',
      'read entries',
      'pay hold',
      'cancel reservation',
      'read reservation',
      'list reservations',
      'request seat',
      'read request',
      'create performance',
      'change waiting room',
    ],
    may: ['read draw', 'read performances', 'read performance', 'read seats'],
  },
  kafka: { must: [], may: [] },
};

/**
 * What is wrong with an exchange, by the contract's Conventions, or undefined. Never a crash; every 503 in time and
 * with `Retry-After`, and only where the service that fails is needed; nothing served that cannot be right without it.
 */
export function faultOf(exchange: Exchange, fault: Fault, timeline: Timeline): string | undefined {
  const { kind, outcome, sentAtMs, endedAtMs } = exchange;
  const phase = phaseOf(exchange, timeline);
  const tookMs = Math.round(endedAtMs - sentAtMs);
  if (outcome.type === 'unknown') {
    // A client that hangs up of its own accord has nothing to complain of.
    const why = [outcome.reason, ...(outcome.code === undefined ? [] : [outcome.code])].join(' ');
    return outcome.reason === 'aborted' ? undefined : `${kind}: no answer (${why}), ${phase}`;
  }
  const { status, text, retryAfterMs } = outcome;
  if (kind === 'read health') return healthFault(status, tookMs);
  const body = readObject(text);
  if ('errorType' in body && 'errorMessage' in body) return `${kind}: crashed, ${phase}`;
  if (status === 503) {
    if (slugOf(text) !== 'unavailable') return `${kind}: 503 that is not unavailable, ${phase}`;
    if (retryAfterMs === undefined) return `${kind}: 503 without Retry-After`;
    if (tookMs > unavailableWithinMs + clientSlackMs) return `${kind}: 503 after more than 3 s, ${phase}`;
    return mayStop(kind, fault, phase) ? undefined : `${kind}: 503, ${phase}`;
  }
  if (status >= 500) return `${kind}: ${status}, ${phase}`;
  const isServed = status !== 403 && slugOf(text) !== 'request-in-progress';
  return isServed && mustStop(kind, fault, phase) ? `${kind}: ${status} without ${fault.service}` : undefined;
}

function healthFault(status: number, tookMs: number): string | undefined {
  if (status !== 200 && status !== 503) return `read health: ${status}`;
  return tookMs > healthWithinMs + clientSlackMs ? 'read health: after more than 2 s' : undefined;
}

function mayStop(kind: RequestKind, { service }: Fault, phase: Phase): boolean {
  return phase !== 'up' && [...stops[service].must, ...stops[service].may].includes(kind);
}

function mustStop(kind: RequestKind, { service, effect }: Fault, phase: Phase): boolean {
  return phase === 'under' && effect === 'away' && stops[service].must.includes(kind);
}
