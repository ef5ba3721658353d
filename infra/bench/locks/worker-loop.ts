import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import * as v from 'valibot';
import { LockContendedError } from '../../../lib/lock/errors.ts';
import { clockLine, sharedClock } from '../worker-clock.ts';

const number = (fallback: string) =>
  v.optional(v.pipe(v.string(), v.transform(Number), v.minValue(0)), fallback);

/** What a worker of a lock bench is told by its environment. */
const settingsSchema = v.object({
  REDIS_URL: v.pipe(v.string(), v.url()),
  REDIS_CLUSTER: v.optional(v.picklist(['true', 'false']), 'false'),
  LOCK_NAME: v.optional(v.string(), 'handoff'),
  WORKER: v.optional(v.string(), '0'),
  HOLD_MS: number('2'),
  HOLD_MODE: v.optional(v.picklist(['sleep', 'busy']), 'sleep'),
  THINK_MS: number('0'),
  DURATION_MS: number('5000'),
  ROUNDS: number('0'),
  WAIT_MS: number('10000'),
  LEASE_MS: number('10000'),
  CLOCK_OFFSET_NS: v.optional(v.string()),
});

export type WorkerSettings = v.InferOutput<typeof settingsSchema>;

/** @throws v.ValiError naming the variable that is missing or wrong */
export const readWorkerSettings = (environment: NodeJS.ProcessEnv): WorkerSettings =>
  v.parse(settingsSchema, environment);

/**
 * Takes the lock once.
 *
 * @returns what gives it back
 * @throws LockContendedError when it was not to be had in time
 */
export type TakeLock = () => Promise<() => Promise<unknown>>;

/**
 * Takes and gives back one lock in a loop, after the protocol of a lock bench: prints a line `ready`, starts
 * at a line on stdin, and at the end prints lines `wait|acquire|release|fail <worker> <micros>`.
 */
export async function runWorker(settings: WorkerSettings, take: TakeLock): Promise<void> {
  const worker = settings.WORKER;
  const nowMicros = sharedClock(settings.CLOCK_OFFSET_NS);
  /** Kept in memory until the end: writing is no part of what is measured. */
  const lines = [clockLine(worker, nowMicros)];

  const takeTurn = async () => {
    const waitedSince = nowMicros();
    const giveBack = await take();
    const acquiredAt = nowMicros();
    await hold(settings);
    const releasedAt = nowMicros();
    const givenBack = giveBack();
    lines.push(
      `wait ${worker} ${waitedSince}`,
      `acquire ${worker} ${acquiredAt}`,
      `release ${worker} ${releasedAt}`,
    );
    await givenBack;
  };

  process.stdout.write(`ready ${worker}\n`);
  await goAhead();
  const endsAt = nowMicros() + settings.DURATION_MS * 1_000;
  for (
    let round = 0;
    nowMicros() < endsAt && (settings.ROUNDS === 0 || round < settings.ROUNDS);
    round += 1
  ) {
    if (round > 0 && settings.THINK_MS > 0) await sleep(settings.THINK_MS);
    try {
      await takeTurn();
    } catch (error) {
      const reason = error instanceof LockContendedError ? 'timeout' : String(error).replace(/\s+/g, ' ');
      lines.push(`fail ${worker} ${nowMicros()} ${reason}`);
    }
  }
  lines.push(clockLine(worker, nowMicros));
  process.stdout.write(`${lines.join('\n')}\n`);
}

async function goAhead(): Promise<void> {
  const input = createInterface({ input: process.stdin });
  await Promise.race([once(input, 'line'), once(input, 'close')]);
  input.close();
  process.stdin.destroy();
}

async function hold({ HOLD_MODE, HOLD_MS }: WorkerSettings): Promise<void> {
  if (HOLD_MODE === 'sleep') return HOLD_MS > 0 ? sleep(HOLD_MS) : undefined;
  const untilMs = performance.now() + HOLD_MS;
  while (performance.now() < untilMs);
}
