/** A line that is not rewritten is printed this often while its phase lasts. */
const plainIntervalMs = 5_000;
const liveIntervalMs = 200;

/** Where the progress is shown: `process.stdout`, or any stream of text. */
type Terminal = NodeJS.WritableStream & { readonly isTTY?: boolean };

/**
 * Shows where a run is: on a terminal one line that is rewritten, elsewhere a plain line now and then.
 * One phase at a time; `close` ends the last.
 */
export class Progress {
  readonly #out: Terminal;
  readonly #startedAt = performance.now();
  #timer: NodeJS.Timeout | undefined;
  #line: (() => string) | undefined;

  constructor(out: Terminal) {
    this.#out = out;
  }

  /** @param state says how far the phase is, whenever it is asked. */
  begin(phase: string, state: () => string = () => ''): void {
    this.#end();
    const line = () => `${this.#elapsed()}  ${phase.padEnd(10)} ${state()}`.trimEnd();
    this.#line = line;
    if (this.#out.isTTY) {
      this.#timer = setInterval(() => this.#out.write(`\r\x1b[K${line()}`), liveIntervalMs);
    } else {
      this.#timer = setInterval(() => this.#out.write(`${line()}\n`), plainIntervalMs);
    }
  }

  close(): void {
    this.#end();
  }

  #end(): void {
    clearInterval(this.#timer);
    if (this.#line !== undefined) this.#out.write(`${this.#out.isTTY ? '\r\x1b[K' : ''}${this.#line()}\n`);
    this.#line = undefined;
  }

  #elapsed(): string {
    return `${((performance.now() - this.#startedAt) / 1000).toFixed(1).padStart(5)} s`;
  }
}
