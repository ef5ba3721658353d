import { newKey } from '../../../lib/testing/people.ts';
import { onceRound } from './once.ts';
import { type Charges, oursCharges } from './ours-charges.ts';
import { brokenAlways, raceHazard } from './race.ts';
import { countDone } from './refusals.ts';
import { newWallet } from './rows.ts';

const attempts = 2;
const amount = 10;

const charged = oursCharges(amount, () => {
  const key = newKey();
  return Array.from({ length: attempts }, () => key);
});

export const sameCharge = raceHazard({
  name: 'same-charge',
  title: 'The same charge twice',
  explanation: 'Both find that the key was never used; one charge is recorded twice, or credited twice.',
  attempts,
  oursHold: 'The row of the key is written in the transaction of the charge, and there can be one.',
  broken: brokenAlways,
  prepare: (lab) => newWallet(lab, 0),
  round: (lab, id) => onceRound(lab, id, 0, amount),
  ours: {
    prepare: (lab) => charged.prepare(lab),
    trial: (lab, charges: Charges) => {
      const trial = charged.trial(lab, charges);
      return {
        ...trial,
        audit: async (replies) => {
          const { done, isOne } = countDone(replies);
          return isOne ? trial.audit(replies) : `done ${done} times`;
        },
      };
    },
  },
});
