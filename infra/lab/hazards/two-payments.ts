import { newKey } from '../../../lib/testing/people.ts';
import { newShopper, pay, paymentFault, type Shopper } from './ours-shopper.ts';
import { brokenAlways, raceHazard, times } from './race.ts';
import { countDone } from './refusals.ts';
import { balanceOf, newWallet } from './rows.ts';
import { changeBalance, changeBalanceAtOnce } from './wallet.ts';

const attempts = 2;
const price = 100;
/** Enough for one. */
const balance = 150;

export const twoPayments = raceHazard({
  name: 'two-payments',
  title: 'Two payments of one balance',
  explanation: 'Both find enough points for one purchase, and two things are bought with them.',
  attempts,
  oursHold: 'Under the lock the wallet row is locked and debited only where the balance suffices.',
  broken: brokenAlways,
  prepare: (lab) => newWallet(lab, balance),
  round: (lab, id) => ({
    id,
    attempt: (statements) => changeBalance(lab, statements, id, -price),
    conditional: (statements) => changeBalanceAtOnce(statements, id, -price),
    audit: async (replies) => {
      const { done, isOne } = countDone(replies);
      const left = await balanceOf(lab, id);
      return isOne && left === balance - price * done ? undefined : `${done} paid, ${left} points left`;
    },
  }),
  ours: {
    prepare: (lab) => newShopper(lab, balance),
    trial: (lab, { user, holds }: Shopper) => ({
      attempts: times(attempts, (index) => pay(lab, user, holds[index === 0 ? 0 : 1], newKey())),
      audit: (replies) => paymentFault(lab, user, balance, replies),
    }),
  },
});
