import type { Exchange } from '../../audit/exchange.ts';
import { checkLinearizability, type Model, type Operation } from './linearizability.ts';
import { seatHistories } from './seat-histories.ts';
import { seatModel } from './seat-model.ts';
import { walletHistories } from './wallet-histories.ts';
import { walletModel } from './wallet-model.ts';

/** Clients and database read the clock of one machine, each cutting it off at whole milliseconds. */
export const clockSlackMs = 20;

export interface HistoryFinding {
  readonly kind: 'seats' | 'wallets';
  readonly histories: number;
  readonly operations: number;
  /** Operations whose outcome nobody was told. */
  readonly unknown: number;
  readonly excused: number;
  /** Histories that the search could not decide within its bound. */
  readonly undecided: readonly string[];
  /** One sentence a history that no order explains. */
  readonly violations: readonly string[];
}

/**
 * Judges what the clients saw of every seat and every wallet, each for itself.
 *
 * @param holdMs how long a hold lasts
 */
export function checkHistories(exchanges: readonly Exchange[], holdMs: number): HistoryFinding[] {
  const seats = seatHistories(exchanges, holdMs);
  return [
    { ...judge('seats', seatModel(clockSlackMs), seats.bySeat), excused: seats.excused },
    { ...judge('wallets', walletModel, walletHistories(exchanges)), excused: 0 },
  ];
}

function judge<State, Input>(
  kind: HistoryFinding['kind'],
  model: Model<State, Input>,
  histories: ReadonlyMap<string, readonly Operation<Input>[]>,
) {
  const violations: string[] = [];
  const undecided: string[] = [];
  for (const [key, history] of histories) {
    const verdict = checkLinearizability(model, history);
    if (verdict.type === 'undecided') undecided.push(key);
    if (verdict.type !== 'not linearizable') continue;
    const stuck = verdict.stuckAt.map(describe).join(' or ');
    violations.push(
      `${key}: ${verdict.explained} of ${history.length} explained, then nothing allows ${stuck}`,
    );
  }
  const all = [...histories.values()].flat();
  const unknown = all.filter(({ isUnknown }) => isUnknown).length;
  return { kind, histories: histories.size, operations: all.length, unknown, undecided, violations };
}

function describe<Input>({ input, calledAtMs, returnedAtMs }: Operation<Input>): string {
  return `${JSON.stringify(input)} between ${Math.floor(calledAtMs)} and ${Math.ceil(returnedAtMs)}`;
}
