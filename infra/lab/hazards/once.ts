import type { Round } from '../cell.ts';
import type { Lab } from '../laboratory.ts';
import { countDone } from './refusals.ts';
import { balanceOf, countRows } from './rows.ts';
import { changeBalanceByKey, changeBalanceOnce } from './wallet.ts';

/** An operation with a key that is sent several times, on a wallet that had so many points: it takes effect once. */
export function onceRound(lab: Lab, id: string, before: number, points: number): Round {
  return {
    id,
    attempt: (statements) => changeBalanceOnce(lab, statements, id, points),
    conditional: (statements) => changeBalanceByKey(statements, id, points),
    audit: async (replies) => {
      const { done, isOne } = countDone(replies);
      const [balance, operations] = [await balanceOf(lab, id), await countRows(lab, 'operations', id)];
      if (isOne && operations === done && balance === before + points * done) return undefined;
      return `done ${done} times, recorded ${operations} times, balance ${balance}`;
    },
  };
}
