import type { Finding } from './run-audit.ts';

/** Enough to see the pattern; the count says how many there are. */
const violationsShown = 3;

/** One line an invariant, each violated one followed by its first violations. */
export function auditLines(findings: readonly Finding[]): string[] {
  return findings.flatMap(({ name, claim, verdict, counted, violations }) => {
    const line = `${marks[verdict]} ${name.padEnd(27)} ${claim} (${counted})`;
    if (verdict === 'nothing to judge') return [`${line}: nothing to judge`];
    if (verdict !== 'violated') return [line];
    const more = violations.length - violationsShown;
    return [
      `${line}: ${violations.length} violated`,
      ...violations.slice(0, violationsShown).map((violation) => `         - ${violation}`),
      ...(more > 0 ? [`         - and ${more} more`] : []),
    ];
  });
}

/** The last line: the number of invariants that held, and the names of those that did not. */
export function verdictLine(findings: readonly Finding[]): string {
  const broken = findings.filter(({ verdict }) => verdict === 'violated' || verdict === 'nothing to judge');
  const held = findings.filter(({ verdict }) => verdict === 'held').length;
  if (broken.length === 0) return `audit: every invariant held (${held})`;
  return `audit: ${held} held, ${broken.length} failed: ${broken.map(({ name }) => name).join(', ')}`;
}

/** The last line of an audit of any system: what could not be judged there is said, and is no failure. */
export function auditVerdict(findings: readonly Finding[]): string {
  const namesOf = (...verdicts: readonly Finding['verdict'][]) =>
    findings.filter(({ verdict }) => verdicts.includes(verdict)).map(({ name }) => name);
  const violated = namesOf('violated');
  const unjudged = namesOf('nothing to judge', 'left out').length;
  const rest = `${namesOf('held').length} held, ${unjudged} could not be judged here`;
  if (violated.length === 0) return `audit: nothing is violated; ${rest}`;
  return `audit: ${violated.length} violated: ${violated.join(', ')}; ${rest}`;
}

const marks: Record<Finding['verdict'], string> = {
  held: 'held    ',
  violated: 'VIOLATED',
  'nothing to judge': 'EMPTY   ',
  'left out': 'left out',
};
