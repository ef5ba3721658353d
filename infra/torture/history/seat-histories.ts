import { type Exchange, readObject, slugOf } from '../../audit/exchange.ts';
import { type AnsweredHold, holdsByAnswer, idOf, reservationsByAnswer } from './known-holds.ts';
import type { Operation } from './linearizability.ts';
import { logicalRequests, settlingAnswer, timesOf } from './logical-requests.ts';
import { excusesOf } from './refusal-excuses.ts';
import type { HoldStatus, SeatInput } from './seat-model.ts';

type History = Operation<SeatInput>[];

export interface SeatHistories {
  readonly bySeat: ReadonlyMap<string, History>;
  /** Refusals that were left out, since another request for the seat was under way. */
  readonly excused: number;
}

/** An operation, and the seats that it was about. */
type Spread = { readonly seatIds: readonly string[]; readonly operation: Operation<SeatInput> };

/**
 * What all clients saw of each seat. A request for several seats is one operation on each of them; a hold that is
 * refused for another reason than its seats says nothing of them.
 *
 * @param holdMs how long a hold lasts
 */
export function seatHistories(exchanges: readonly Exchange[], holdMs: number): SeatHistories {
  const holds = holdsByAnswer(exchanges);
  const refusals = refusalsOf(exchanges);
  const spread = [
    ...exchanges.flatMap((exchange) => holdOf(exchange, holdMs)),
    ...refusals.operations,
    ...exchanges.flatMap((exchange) => ofHold(exchange, holds)),
    ...paymentsOf(exchanges, holds),
    ...cancellationsOf(exchanges, holds),
  ];
  const bySeat = new Map<string, History>();
  for (const { seatIds, operation } of spread)
    for (const seatId of seatIds) bySeat.set(seatId, [...(bySeat.get(seatId) ?? []), operation]);
  return { bySeat, excused: refusals.excused };
}

const seatsAsked = ({ body }: Exchange): string[] => {
  const { seatIds } = readObject(body ?? '');
  return Array.isArray(seatIds) ? seatIds.map(String).toSorted() : [];
};

function holdOf(exchange: Exchange, holdMs: number): Spread[] {
  if (exchange.kind !== 'hold seats') return [];
  const answer = settlingAnswer(exchange);
  if (answer !== undefined && answer.status >= 300) return [];
  const seatIds = seatsAsked(exchange);
  const told = answer === undefined ? null : (holdsByAnswer([exchange]).values().next().value ?? null);
  const hold = told && { holdId: told.holdId, expiresAtMs: told.expiresAtMs, fence: told.fence };
  const isNew = answer?.status === 201;
  const { userId, sentAtMs } = exchange;
  const input = { kind: 'hold', userId, seats: seatIds.join(), holdMs, hold, isNew } as const;
  return [{ seatIds, operation: { input, ...timesOf(sentAtMs, answer) } }];
}

function refusalsOf(exchanges: readonly Exchange[]): { operations: Spread[]; excused: number } {
  const attempts = exchanges
    .filter(({ kind }) => kind === 'hold seats')
    .map((exchange) => ({ exchange, seatIds: seatsAsked(exchange) }));
  const isExcused = excusesOf(attempts);
  const told = attempts.flatMap(({ exchange }) => {
    const answer = settlingAnswer(exchange);
    if (answer === undefined || slugOf(answer.text) !== 'seat-unavailable') return [];
    const named = Array.isArray(answer.json.seatIds) ? answer.json.seatIds.map(String) : [];
    const operation = { input: { kind: 'refused' }, ...timesOf(exchange.sentAtMs, answer) } as const;
    return named.map((seatId) => ({ exchange, seatId, operation }));
  });
  const counted = told.filter(({ exchange, seatId }) => !isExcused(exchange, seatId));
  return {
    operations: counted.map(({ seatId, operation }) => ({ seatIds: [seatId], operation })),
    excused: told.length - counted.length,
  };
}

/** Releases and looks at a hold. */
function ofHold(exchange: Exchange, holds: ReadonlyMap<string, AnsweredHold>): Spread[] {
  if (exchange.kind !== 'release hold' && exchange.kind !== 'read hold') return [];
  const hold = holds.get(idOf(exchange));
  if (hold === undefined) return [];
  const { holdId, expiresAtMs, seatIds, mayBeCancelled } = hold;
  const answer = settlingAnswer(exchange);
  const times = timesOf(exchange.sentAtMs, answer);
  if (exchange.kind === 'release hold' && (answer === undefined || answer.status === 204)) {
    return [{ seatIds, operation: { input: { kind: 'release', holdId }, ...times } }];
  }
  const status = answer === undefined ? undefined : (statusOf(slugOf(answer.text)) ?? answer.json.status);
  if (!isHoldStatus(status)) return [];
  return [
    { seatIds, operation: { input: { kind: 'see', status, holdId, expiresAtMs, mayBeCancelled }, ...times } },
  ];
}

function paymentsOf(exchanges: readonly Exchange[], holds: ReadonlyMap<string, AnsweredHold>): Spread[] {
  return logicalRequests(exchanges, 'pay hold').flatMap(({ first, calledAtMs, answer }): Spread[] => {
    const hold = holds.get(String(readObject(first.body ?? '').holdId));
    if (hold === undefined) return [];
    const { holdId, expiresAtMs, seatIds, mayBeCancelled } = hold;
    const times = timesOf(calledAtMs, answer);
    if (answer === undefined || answer.status === 201) {
      return [{ seatIds, operation: { input: { kind: 'pay', holdId, expiresAtMs }, ...times } }];
    }
    const status = statusOf(slugOf(answer.text));
    if (status === undefined) return [];
    return [
      {
        seatIds,
        operation: { input: { kind: 'see', status, holdId, expiresAtMs, mayBeCancelled }, ...times },
      },
    ];
  });
}

function cancellationsOf(exchanges: readonly Exchange[], holds: ReadonlyMap<string, AnsweredHold>): Spread[] {
  const reservations = reservationsByAnswer(exchanges);
  return logicalRequests(exchanges, 'cancel reservation').flatMap(({ first, calledAtMs, answer }) => {
    const hold = holds.get(reservations.get(idOf(first))?.holdId ?? '');
    if (hold === undefined || (answer !== undefined && answer.status !== 200)) return [];
    const { holdId, seatIds } = hold;
    return [{ seatIds, operation: { input: { kind: 'cancel', holdId }, ...timesOf(calledAtMs, answer) } }];
  });
}

/** What a refusal says about the hold. Only a live hold is refused for want of points. */
function statusOf(slug: string | null): HoldStatus | undefined {
  switch (slug ?? '') {
    case 'hold-expired':
      return 'expired';
    case 'hold-released':
      return 'released';
    case 'hold-paid':
      return 'paid';
    case 'insufficient-points':
      return 'held';
    default:
      return undefined;
  }
}

const isHoldStatus = (value: unknown): value is HoldStatus =>
  value === 'held' || value === 'expired' || value === 'released' || value === 'paid';
