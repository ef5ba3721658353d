import type { Exchange } from '../../audit/exchange.ts';
import { settlingAnswer } from './logical-requests.ts';

/** For so long a request that met its end on the way may keep a seat from others without having it. */
const abandonedMs = 5_500;
/** A lock that was given back a moment ago may still be seen. */
const givenBackMs = 250;

interface Attempt {
  readonly exchange: Exchange;
  readonly seatIds: readonly string[];
}

/**
 * Says whether a seat may have been refused though nobody had it: another request for it was under way, or had
 * failed a moment ago. Such a refusal is no promise broken, so it is no evidence either.
 */
export function excusesOf(attempts: readonly Attempt[]): (refused: Exchange, seatId: string) => boolean {
  const bySeat = new Map<string, { exchange: Exchange; untilMs: number }[]>();
  for (const { exchange, seatIds } of attempts) {
    const slackMs = settlingAnswer(exchange) === undefined ? abandonedMs : givenBackMs;
    const claim = { exchange, untilMs: exchange.endedAtMs + slackMs };
    for (const seatId of seatIds) bySeat.set(seatId, [...(bySeat.get(seatId) ?? []), claim]);
  }
  return (refused, seatId) =>
    (bySeat.get(seatId) ?? []).some(
      ({ exchange, untilMs }) =>
        exchange !== refused && exchange.sentAtMs <= refused.endedAtMs && refused.sentAtMs <= untilMs,
    );
}
