/** One turn at the lock, in microseconds of the clock that all workers share. */
export interface Hold {
  readonly worker: string;
  /** When the worker began to want it. */
  readonly waitedSince: number;
  /** Just after it was told that it has the lock. */
  readonly acquiredAt: number;
  /** Just before it gave it back: what lies between is inside the true hold, so an overlap is a real one. */
  readonly releasedAt: number;
}

/** What the workers of one run wrote down. */
export interface Trace {
  /** In the order in which the lock was acquired. */
  readonly holds: readonly Hold[];
  /** Tries that ended without the lock because it was taken. */
  readonly refusals: number;
  /** Why other tries failed. */
  readonly errors: readonly string[];
}

/**
 * Reads the lines of all workers; those of one worker are in order, the workers in any.
 *
 * @throws Error when the lines of a worker do not alternate
 */
export function parseTrace(text: string): Trace {
  const open = new Map<string, { waitedSince?: number; acquiredAt?: number }>();
  const holds: Hold[] = [];
  const errors: string[] = [];
  let refusals = 0;
  for (const line of text.split('\n')) {
    const [word = '', worker = '', time = '', ...reason] = line.split(' ');
    const at = Number(time);
    const { waitedSince, acquiredAt } = open.get(worker) ?? {};
    if (word === 'wait') open.set(worker, { waitedSince: at });
    else if (word === 'acquire') {
      if (waitedSince === undefined || acquiredAt !== undefined) throw new Error(`out of order: ${line}`);
      open.set(worker, { waitedSince, acquiredAt: at });
    } else if (word === 'release') {
      if (waitedSince === undefined || acquiredAt === undefined) throw new Error(`out of order: ${line}`);
      open.delete(worker);
      holds.push({ worker, waitedSince, acquiredAt, releasedAt: at });
    } else if (word === 'fail' && reason[0] === 'timeout') refusals += 1;
    else if (word === 'fail') errors.push(reason.join(' '));
  }
  return { holds: holds.toSorted((a, b) => a.acquiredAt - b.acquiredAt), refusals, errors };
}
