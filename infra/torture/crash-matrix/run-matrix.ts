import { Random } from '../../demo/random.ts';
import { auditWorld } from './audit-world.ts';
import { buildFunctions } from './bundle.ts';
import { type CrashPoint, moments } from './crash-gate.ts';
import type { CrashWorld } from './crash-world.ts';
import { FunctionProcess } from './function-process.ts';
import type { CrashOperation } from './operation.ts';
import { type Crash, type Lane, runCrash } from './run-crash.ts';

export interface MatrixOptions {
  readonly operations: readonly CrashOperation[];
  readonly seed: number;
  /** How many points of each operation are tried: all of them, or a choice that begins with those that last. */
  readonly points: number;
  /** Breaks every operation between two of its steps, to see that each is found; nothing is tried beyond that. */
  readonly sabotage: boolean;
  /** Hears of each trial as soon as it has been judged. */
  readonly done?: (crash: Crash) => void;
  readonly interrupted?: AbortSignal;
}

export interface MatrixResult {
  /** All trials, those without an anomaly too. */
  readonly crashes: readonly Crash[];
  /** What the audit of the worlds says when all is over. */
  readonly violations: readonly string[];
}

/** More steps than one may have when it is killed than when it is not. */
const maxFurtherSteps = 40;
/** Steps after which something lasts. */
const lasting = /^(commit|Produce|OffsetCommit|INSERT INTO relay_leases|update "outbox")/;

/**
 * Kills the process that does each operation at its awaited steps, repeats the operation, and looks at what is left.
 * How many steps there are is seen from a process that is let go to its end; beyond them the killing goes on until a
 * process comes to its end before it.
 *
 * @param worlds as many as trials are under way at once: most of them wait for the lease of the dead
 * @throws DependencyError when the machine is too busy to stage a trial
 * @throws the reason of the interruption
 */
export async function runCrashMatrix(
  worlds: readonly CrashWorld[],
  options: MatrixOptions,
): Promise<MatrixResult> {
  const { operations, points, sabotage, done, interrupted } = options;
  await using stack = new AsyncDisposableStack();
  const bundle = await buildFunctions({ sabotage }, stack);
  const lanes = await Promise.all(worlds.map((world) => openLane(world, bundle, stack)));
  const random = new Random(options.seed);
  const crashes: Crash[] = [];
  const found = new Set<CrashOperation>();
  const run = async (lane: Lane, operation: CrashOperation, point?: CrashPoint) => {
    interrupted?.throwIfAborted();
    const crash = await runCrash(lane, operation, point);
    crashes.push(crash);
    if (crash.anomalies.length > 0) found.add(operation);
    done?.(crash);
    return crash;
  };

  const steps = new Map<CrashOperation, readonly string[]>();
  await inLanes(lanes, operations, async (lane, operation) => {
    steps.set(operation, (await run(lane, operation)).labels);
  });
  const trials = operations.flatMap((operation) =>
    choosePoints(steps.get(operation) ?? [], points, random).map((point) => ({ operation, point })),
  );
  await inLanes(lanes, random.shuffled(trials), async (lane, { operation, point }) => {
    if (!(sabotage && found.has(operation))) await run(lane, operation, point);
  });
  const stepsOf = (operation: CrashOperation) => steps.get(operation)?.length ?? 0;
  const whole = operations.filter((operation) => !sabotage && points >= moments.length * stepsOf(operation));
  await inLanes(lanes, whole, (lane, operation) =>
    killBeyond(stepsOf(operation), (step) => run(lane, operation, { step, moment: 'before' })),
  );
  return { crashes, violations: (await Promise.all(worlds.map(auditWorld))).flat() };
}

/**
 * Where a process is to be killed: every moment of every step in a random order, those of the steps that make
 * something last in front, and of these so many.
 *
 * @param labels of the steps, as they were when nobody killed the process
 */
function choosePoints(labels: readonly string[], most: number, random: Random): readonly CrashPoint[] {
  const all = labels.flatMap((_, step) => moments.map((moment) => ({ step, moment })));
  const isLasting = ({ step }: CrashPoint) => lasting.test(labels[step] ?? '');
  return random
    .shuffled(all)
    .toSorted((a, b) => Number(isLasting(b)) - Number(isLasting(a)))
    .slice(0, most);
}

/**
 * Goes on from a step that the process had not when nobody killed it.
 *
 * @throws Error when it has always one more
 */
async function killBeyond(end: number, killAt: (step: number) => Promise<Crash>): Promise<void> {
  for (let step = end; step < end + maxFurtherSteps; step++) if (!(await killAt(step)).crashed) return;
  throw new Error(`a process does not come to its end after ${end + maxFurtherSteps} steps`);
}

async function openLane(world: CrashWorld, bundle: string, stack: AsyncDisposableStack): Promise<Lane> {
  const survivor = new FunctionProcess(bundle, await world.environmentFor(world.urls));
  stack.defer(() => survivor.end());
  return { world, bundle, survivor };
}

/** Does all the work, one item after the other in each lane. After a failure nobody begins another item. */
async function inLanes<T>(
  lanes: readonly Lane[],
  items: readonly T[],
  work: (lane: Lane, item: T) => Promise<void>,
): Promise<void> {
  const left = [...items];
  const working = lanes.map(async (lane) => {
    try {
      for (let item = left.shift(); item !== undefined; item = left.shift()) await work(lane, item);
    } catch (error) {
      left.length = 0;
      throw error;
    }
  });
  // Not before the last has ended: what they use is closed afterwards.
  for (const each of await Promise.allSettled(working)) if (each.status === 'rejected') throw each.reason;
}
