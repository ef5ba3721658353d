import type { LockKind } from '../create-lock.ts';
import type { LockFactName } from './lock-facts.ts';

/** A handling in the source of the locks that is taken out, and the fact that they do not cope with then. */
export interface SourceMutant {
  /** What a lock does that lacks it. */
  readonly name: string;
  readonly breaks: LockFactName;
  readonly kind: LockKind;
  /** In `lib/lock`. */
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly from: string;
  readonly to: string;
}

/** A mutant without its fact: name, kind, file, and which text becomes which. */
type Break = readonly [name: string, kind: LockKind, file: string, from: string, to: string];

/** Those that break one fact. */
export const mutantsOf = (breaks: LockFactName, ...each: readonly Break[]): readonly SourceMutant[] =>
  each.map(([name, kind, file, from, to]) => ({ name, breaks, kind, file, from, to }));

/** @throws Error unless the text that is replaced stands in the source exactly once */
export function takeOut({ name, file, from, to }: SourceMutant, source: string): string {
  const [before, after, ...more] = source.split(from);
  if (before === undefined || after === undefined || more.length > 0) {
    throw new Error(`"${name}": not exactly once in ${file}: ${from}`);
  }
  return before + to + after;
}
