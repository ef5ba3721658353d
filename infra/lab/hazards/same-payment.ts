import { newKey } from '../../../lib/testing/people.ts';
import { stageOnce } from './once.ts';
import { newShopper, pay, paymentFault } from './ours-shopper.ts';
import { brokenAlways, raceHazard, times } from './race.ts';

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
  stage: (lab) => stageOnce(lab, balance, -price),
  stageOurs: async (lab) => {
    const { user, holds } = await newShopper(lab, balance);
    const key = newKey();
    return {
      attempts: times(attempts, () => pay(lab, user, holds[0], key)),
      audit: (replies) => paymentFault(lab, user, balance, replies),
    };
  },
});
