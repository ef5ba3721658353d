/**
 * When a process is killed, seen from a step, which is a request and its answer: before the request leaves, as soon
 * as it has left, or when the server has answered and the answer has not come in. What follows the answer until the
 * next request is the `before` of that one.
 */
export type Moment = 'before' | 'sent' | 'answered';

export const moments: readonly Moment[] = ['before', 'sent', 'answered'];

export interface CrashPoint {
  /** Counted from 0 over all connections of the process, in the order in which its requests leave. */
  readonly step: number;
  readonly moment: Moment;
}

/** Counts the steps of one process and ends it at one of them; without a point it only counts. */
export class CrashGate {
  /** What each step asked for. */
  readonly labels: string[] = [];
  readonly #point: CrashPoint | undefined;
  readonly #whenCrashed: (() => void)[] = [];
  #crashed = false;

  constructor(point: CrashPoint | undefined) {
    this.#point = point;
  }

  get crashed(): boolean {
    return this.#crashed;
  }

  /** @returns the number of the step that begins with this request */
  begin(label: string): number {
    return this.labels.push(label) - 1;
  }

  isAt(step: number, moment: Moment): boolean {
    return this.#point?.step === step && this.#point.moment === moment;
  }

  /** Called once, in the turn of the event loop in which the crash happens, in the order of these calls. */
  whenCrashed(done: () => void): void {
    this.#whenCrashed.push(done);
  }

  crash(): void {
    if (this.#crashed) return;
    this.#crashed = true;
    for (const done of this.#whenCrashed) done();
  }
}
