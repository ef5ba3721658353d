import { answerBreakages } from './answers.ts';
import type { Breakage } from './breakage.ts';
import { eventBreakages } from './events.ts';
import { lineBreakages } from './line.ts';
import { moneyBreakages, refundBreakages } from './money.ts';
import { seatBreakages } from './seats.ts';

/** At least one for every invariant. */
export const breakages: readonly Breakage[] = [
  ...lineBreakages,
  ...seatBreakages,
  ...moneyBreakages,
  ...refundBreakages,
  ...answerBreakages,
  ...eventBreakages,
];
