import type { ServiceName } from './supervision/service.ts';

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const frameMs = 100;

/** Shows how a start goes: what happened, a line each, and on a terminal below them a line for what is awaited. */
export class Progress {
  readonly #out: NodeJS.WriteStream;
  readonly #startedAt = performance.now();
  readonly #awaited = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(out: NodeJS.WriteStream) {
    this.#out = out;
    if (!out.isTTY) return;
    this.#timer = setInterval(() => this.#draw(), frameMs);
    this.#timer.unref();
  }

  /** Something of which the end will be told by `done`. */
  awaiting(what: string): void {
    this.#awaited.add(what);
    if (!this.#out.isTTY) this.#write(`${what} …`);
  }

  done(what: string): void {
    this.#awaited.delete(what);
  }

  /** A line about one server. */
  say(name: ServiceName | 'dev', text: string): void {
    this.#write(`${name.padEnd(8)} ${text}`);
  }

  /** A line exactly as it is, for programs to read. */
  line(text: string): void {
    this.#out.write(`${this.#clear()}${text}\n`);
  }

  /** No more awaiting line. */
  close(): void {
    clearInterval(this.#timer);
    this.#out.write(this.#clear());
  }

  #write(text: string): void {
    this.#out.write(`${this.#clear()}${this.#seconds()}  ${text}\n`);
  }

  #draw(): void {
    if (this.#awaited.size === 0) return;
    const frame = frames[Math.floor(performance.now() / frameMs) % frames.length];
    this.#out.write(`${this.#clear()}${this.#seconds()}  ${frame} ${[...this.#awaited].join(', ')}`);
  }

  #clear(): string {
    return this.#out.isTTY ? '\r\x1b[K' : '';
  }

  #seconds(): string {
    return `${((performance.now() - this.#startedAt) / 1_000).toFixed(1).padStart(5)} s`;
  }
}
