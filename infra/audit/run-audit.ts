import type { Evidence, Invariant } from './invariant.ts';
import { invariants } from './invariants.ts';

export type Finding = {
  readonly name: string;
  readonly claim: string;
  readonly verdict: 'held' | 'violated' | 'nothing to judge' | 'left out';
  readonly counted: string;
  readonly violations: readonly string[];
};

/**
 * Judges every invariant, each on its own, in the order of the list. An invariant that had nothing to compare
 * is reported as such: after a sale that is a failure as much as a violation.
 *
 * @param chosen the invariants to judge; all unless told.
 */
export async function runAudit(
  evidence: Evidence,
  chosen: readonly Invariant[] = invariants,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const invariant of chosen) findings.push(await judgeOne(evidence, invariant));
  return findings;
}

async function judgeOne(evidence: Evidence, invariant: Invariant): Promise<Finding> {
  const { name, claim, needs } = invariant;
  if (needs === 'clients' && evidence.exchanges.length === 0)
    return leftOut(invariant, 'no client was recorded');
  if (needs === 'samples' && evidence.samples.length === 0) return leftOut(invariant, 'no room was sampled');
  const { judged, counted, violations } = await invariant.judge(evidence);
  const verdict = violations.length > 0 ? 'violated' : judged === 0 ? 'nothing to judge' : 'held';
  return { name, claim, verdict, counted, violations };
}

function leftOut({ name, claim }: Invariant, reason: string): Finding {
  return { name, claim, verdict: 'left out', counted: reason, violations: [] };
}

/** Whether nothing is violated: of a system that may not have sold anything yet, not everything can be judged. */
export function isSound(findings: readonly Finding[]): boolean {
  return findings.every(({ verdict }) => verdict !== 'violated');
}

/** Whether a run that produced a sale passes: every invariant was judged, and none was broken. */
export function passed(findings: readonly Finding[]): boolean {
  return findings.length > 0 && findings.every(({ verdict }) => verdict === 'held');
}
