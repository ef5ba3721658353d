import { newKey } from '../../../lib/testing/people.ts';
import { onceRound } from './once.ts';
import { newShopper, pay, paymentFault, type Shopper } from './ours-shopper.ts';
import { brokenAlways, raceHazard, times } from './race.ts';
import { newWallet } from './rows.ts';

const attempts = 2;
const price = 100;
const balance = 1_000;

export const samePayment = raceHazard({
  name: 'same-payment',
  title: 'The same payment twice',
  explanation: 'A click too many, or a retry: both find that the key was never used, and both pay.',
  attempts,
  oursHold: 'The row of the key is written in the transaction of the payment, and there can be one.',
  broken: brokenAlways,
  prepare: (lab) => newWallet(lab, balance),
  round: (lab, id) => onceRound(lab, id, balance, -price),
  ours: {
    prepare: async (lab) => ({ shopper: await newShopper(lab, balance), key: newKey() }),
    trial: (lab, { shopper: { user, holds }, key }: { readonly shopper: Shopper; readonly key: string }) => ({
      attempts: times(attempts, () => pay(lab, user, holds[0], key)),
      audit: (replies) => paymentFault(lab, user, balance, replies),
    }),
  },
});
