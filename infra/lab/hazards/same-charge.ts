import { newKey } from '../../../lib/testing/people.ts';
import { stageOnce } from './once.ts';
import { stageCharges } from './ours-charges.ts';
import { brokenAlways, raceHazard } from './race.ts';
import { countDone } from './refusals.ts';

const attempts = 2;
const amount = 10;

export const sameCharge = raceHazard({
  name: 'same-charge',
  title: 'The same charge twice',
  explanation: 'Both find that the key was never used; one charge is recorded twice, or credited twice.',
  attempts,
  oursHold: 'The row of the key is written in the transaction of the charge, and there can be one.',
  broken: brokenAlways,
  stage: (lab) => stageOnce(lab, 0, amount),
  stageOurs: async (lab) => {
    const key = newKey();
    const trial = stageCharges(lab, attempts, amount, () => key);
    return {
      ...trial,
      audit: async (replies) => {
        const { done, isOne } = countDone(replies);
        return isOne ? trial.audit(replies) : `done ${done} times`;
      },
    };
  },
});
