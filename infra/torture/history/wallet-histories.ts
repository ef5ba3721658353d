import { answersOf, type Exchange, readObject, slugOf } from '../../audit/exchange.ts';
import { holdsByAnswer, idOf, reservationsByAnswer } from './known-holds.ts';
import type { Operation } from './linearizability.ts';
import { type LogicalRequest, logicalRequests, timesOf } from './logical-requests.ts';
import type { WalletInput } from './wallet-model.ts';

type History = Operation<WalletInput>[];

/** What each user's clients saw of the user's wallet, by user. */
export function walletHistories(exchanges: readonly Exchange[]): Map<string, History> {
  const holds = holdsByAnswer(exchanges);
  const histories = new Map<string, History>();
  const note = (userId: string, operations: History) => {
    histories.set(userId, [...(histories.get(userId) ?? []), ...operations]);
  };
  for (const request of logicalRequests(exchanges, 'charge wallet')) {
    note(request.first.userId, chargeOf(request));
  }
  for (const request of logicalRequests(exchanges, 'pay hold')) {
    const { holdId } = readObject(request.first.body ?? '');
    note(request.first.userId, paymentOf(request, holds.get(String(holdId))?.amount));
  }
  const reservations = reservationsByAnswer(exchanges);
  for (const request of logicalRequests(exchanges, 'cancel reservation')) {
    note(request.first.userId, refundOf(request, reservations.get(idOf(request.first))?.amount));
  }
  for (const answer of answersOf(exchanges, 'read wallet', 'read entries')) {
    if (answer.status !== 200) continue;
    const { json, kind, userId, sentAtMs } = answer;
    const balance = kind === 'read wallet' ? json.balance : newestBalance(json.items);
    const input = { kind: 'read', balance: Number(balance) } as const;
    note(userId, [{ input, ...timesOf(sentAtMs, answer) }]);
  }
  return histories;
}

function chargeOf({ first, calledAtMs, answer }: LogicalRequest): History {
  // A charge that was refused changed nothing and tells nothing of the balance.
  if (answer !== undefined && answer.status !== 201) return [];
  const amount = Number(readObject(first.body ?? '').amount);
  const balance = answer === undefined ? null : Number(answer.json.balance);
  return [{ input: { kind: 'charge', amount, balance }, ...timesOf(calledAtMs, answer) }];
}

function paymentOf({ calledAtMs, answer }: LogicalRequest, knownAmount: number | undefined): History {
  const times = timesOf(calledAtMs, answer);
  if (answer === undefined) {
    if (knownAmount === undefined) throw new Error('a payment was sent for a hold that no answer named');
    return [{ input: { kind: 'pay', amount: knownAmount, balance: null }, ...times }];
  }
  const [amount, balance] = [Number(answer.json.amount), Number(answer.json.balance)];
  if (answer.status === 201) return [{ input: { kind: 'pay', amount, balance }, ...times }];
  if (slugOf(answer.text) !== 'insufficient-points') return [];
  return [{ input: { kind: 'refused', amount, balance }, ...times }];
}

function refundOf({ calledAtMs, answer }: LogicalRequest, knownAmount: number | undefined): History {
  // One that was refused changed nothing and tells nothing of the balance.
  if (answer !== undefined && answer.status !== 200) return [];
  const amount = answer === undefined ? knownAmount : Number(answer.json.refunded);
  if (amount === undefined) throw new Error('a cancellation was sent for a reservation that no answer named');
  const balance = answer === undefined ? null : Number(answer.json.balance);
  return [{ input: { kind: 'refund', amount, balance }, ...timesOf(calledAtMs, answer) }];
}

/** The balance after the newest entry of a list that is newest first; zero for a list without entries. */
function newestBalance(items: unknown): number {
  const newest: unknown = Array.isArray(items) ? items[0] : undefined;
  return Number(readObject(JSON.stringify(newest ?? {})).balanceAfter ?? 0);
}
