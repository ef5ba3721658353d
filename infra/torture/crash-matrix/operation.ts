import type { CrashWorld } from './crash-world.ts';
import type { FunctionProcess } from './function-process.ts';
import type { Invocation } from './invocation.ts';

/** Something that a process does, and that has to have its effect once wherever the process is killed. */
export interface CrashOperation {
  readonly name: string;
  /**
   * Makes everything that one doing of it needs.
   *
   * @param survivor the process that nobody kills, for all that comes after
   */
  stage(world: CrashWorld, survivor: FunctionProcess): Promise<CrashTrial>;
}

/** One doing of it, on things of its own. */
export interface CrashTrial {
  /** What the process is told that will be killed. */
  readonly invocation: Invocation;
  /** What whoever has heard nothing does then: the client its request, the schedule its tick. Bounded. */
  readonly repeat: () => Promise<void>;
  /**
   * Looks at everything that was left behind.
   *
   * @param heard what the process had answered; undefined when it was killed before
   * @returns what is wrong, a line each
   */
  readonly audit: (heard: unknown) => Promise<string[]>;
}

/** What was found against what had to be, member by member; a line for each that differs. */
export function differences(found: object | undefined, expected: object): string[] {
  const values = new Map(Object.entries(found ?? {}));
  return Object.entries(expected).flatMap(([name, value]) => {
    const [is, must] = [JSON.stringify(values.get(name)), JSON.stringify(value)];
    return is === must ? [] : [`${name} ${is}, not ${must}`];
  });
}
