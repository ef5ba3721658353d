import { newKey } from '../../../lib/testing/people.ts';
import { oursCharges } from './ours-charges.ts';
import { brokenAlways, raceHazard } from './race.ts';
import { balanceOf, newWallet } from './rows.ts';
import { changeBalance, changeBalanceAtOnce } from './wallet.ts';

const attempts = 6;
const amount = 10;

export const charges = raceHazard({
  name: 'charges',
  title: `${attempts} charges at once`,
  explanation:
    'All add to the same old balance, and the last to write wins: points that were paid for are lost.',
  attempts,
  oursHold: 'Under the lock the wallet row is locked, and the balance is added to where it stands.',
  broken: brokenAlways,
  prepare: (lab) => newWallet(lab, 0),
  round: (lab, id) => ({
    id,
    attempt: (statements) => changeBalance(lab, statements, id, amount),
    conditional: (statements) => changeBalanceAtOnce(statements, id, amount),
    audit: async (replies) => {
      const done = replies.filter(({ outcome }) => outcome === 'done').length;
      const balance = await balanceOf(lab, id);
      return balance === done * amount ? undefined : `${done} charges done, balance ${balance}`;
    },
  }),
  ours: oursCharges(amount, () => Array.from({ length: attempts }, newKey)),
});
