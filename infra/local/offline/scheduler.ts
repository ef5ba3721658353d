import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeError } from '../launch-error.ts';
import type { Invoke } from './lambda-endpoint.ts';
import type { Log, ScheduleDefinition } from './types.ts';

const unitsMs = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;
/** A failed invocation is repeated sooner than its rate, with this pause. */
const afterFailureMs = 2_000;

const isUnit = (text: string | undefined): text is keyof typeof unitsMs =>
  text !== undefined && text in unitsMs;

/**
 * The interval of `rate(5 minutes)` in milliseconds.
 *
 * @throws for a cron expression, which no function of ours uses
 */
export function rateMs(expression: string): number {
  const [, count, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression.trim()) ?? [];
  if (count === undefined || !isUnit(unit) || Number(count) === 0)
    throw new Error(`${expression}: only rate(…) schedules run locally`);
  return Number(count) * unitsMs[unit];
}

/** The rates and the event of a `schedule` definition; none when it is switched off. */
export function schedulesOf(definition: ScheduleDefinition): { everyMs: number; input?: unknown }[] {
  if (typeof definition === 'string') return [{ everyMs: rateMs(definition) }];
  if (definition.enabled === false) return [];
  return [definition.rate].flat().map((rate) => ({ everyMs: rateMs(rate), input: definition.input }));
}

const scheduledEvent = () => ({
  version: '0',
  id: randomUUID(),
  'detail-type': 'Scheduled Event',
  source: 'aws.events',
  account: '000000000000',
  time: new Date().toISOString(),
  region: 'local',
  resources: [],
  detail: {},
});

/** Invokes one function at its rate, from the start on, and never while it still runs. */
export class Scheduler {
  readonly #stopping = new AbortController();
  readonly #invoke: Invoke;
  readonly #log: Log;
  readonly #running: Promise<void>[] = [];

  constructor(invoke: Invoke, log: Log) {
    this.#invoke = invoke;
    this.#log = log;
  }

  start(definition: ScheduleDefinition): void {
    for (const { everyMs, input } of schedulesOf(definition))
      this.#running.push(this.#keepInvoking(everyMs, input));
  }

  /** No invocation begins any more; one under way is left to the server's own end. */
  close(): void {
    this.#stopping.abort();
  }

  async #keepInvoking(everyMs: number, input: unknown): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const startedAt = performance.now();
      const succeeded = await this.#invokeOnce(input ?? scheduledEvent());
      const dueMs = startedAt + everyMs - performance.now();
      const waitMs = succeeded ? Math.max(0, dueMs) : afterFailureMs;
      // Only the abort ends this wait early, and the loop's condition answers it.
      await sleep(waitMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async #invokeOnce(event: unknown): Promise<boolean> {
    try {
      await this.#invoke(event);
      return true;
    } catch (error) {
      if (!this.#stopping.signal.aborted) this.#log(`scheduled invocation failed: ${describeError(error)}`);
      return false;
    }
  }
}
