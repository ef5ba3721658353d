import { answersOf, type Exchange } from '../exchange.ts';
import type { Invariant } from '../invariant.ts';

/**
 * In Redis the admitted are counted at each sampled instant. From the clients' side, whoever was told `admitted`
 * is inside for certain from that answer until `admittedUntil`, or until the user asks to leave or to pay:
 * the most that overlap must not exceed the capacity either.
 */
export const capacityKept: Invariant = {
  name: 'capacity-kept',
  claim: 'never more are admitted than the capacity',
  needs: 'samples',
  async judge({ exchanges, samples }) {
    const fullest = Math.max(0, ...samples.map(({ admitted }) => admitted.size));
    const capacity = Math.max(0, ...samples.map((sample) => sample.capacity));
    const stays = certainStays(exchanges);
    const together = mostAtOnce(stays);
    const violations = samples
      .filter((sample) => sample.admitted.size > sample.capacity)
      .map(
        ({ admitted, capacity: limit, atMs }) => `${admitted.size} were admitted at ${atMs}, ${limit} may be`,
      );
    if (together > capacity)
      violations.push(`${together} clients were admitted at one time, ${capacity} may be`);
    return {
      judged: samples.reduce((sum, { admitted }) => sum + admitted.size, 0) + stays.length,
      counted: `at most ${fullest} of ${capacity} in ${samples.length} samples, at most ${together} by ${stays.length} clients' answers`,
      violations,
    };
  },
};

type Interval = { readonly fromMs: number; readonly untilMs: number };

function certainStays(exchanges: readonly Exchange[]): Interval[] {
  const endOf = new Map<string, number>();
  for (const { kind, userId, stay, sentAtMs } of exchanges) {
    if (kind !== 'leave queue' && kind !== 'pay hold') continue;
    const name = `${userId} ${stay}`;
    endOf.set(name, Math.min(endOf.get(name) ?? Infinity, sentAtMs));
  }
  const stays = new Map<string, Interval>();
  for (const { json, status, userId, stay, endedAtMs } of answersOf(exchanges, 'enter queue', 'poll queue')) {
    const name = `${userId} ${stay}`;
    if (status >= 300 || json.status !== 'admitted' || stays.has(name)) continue;
    const untilMs = Math.min(Date.parse(String(json.admittedUntil)), endOf.get(name) ?? Infinity);
    stays.set(name, { fromMs: endedAtMs, untilMs });
  }
  return [...stays.values()].filter(({ fromMs, untilMs }) => fromMs < untilMs);
}

function mostAtOnce(stays: readonly Interval[]): number {
  const steps = stays.flatMap(({ fromMs, untilMs }) => [
    { atMs: fromMs, step: 1 },
    { atMs: untilMs, step: -1 },
  ]);
  let inside = 0;
  let most = 0;
  // Who leaves at an instant is gone before who comes at it.
  for (const { step } of steps.toSorted((a, b) => a.atMs - b.atMs || a.step - b.step)) {
    inside += step;
    most = Math.max(most, inside);
  }
  return most;
}
