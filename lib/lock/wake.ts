/** A wait that somebody may end. A call of `wake` before the wait is not lost: the wait then ends at once. */
export class Wake {
  #isPending = false;
  #end: (() => void) | undefined;

  readonly wake = (): void => {
    if (this.#end) this.#end();
    else this.#isPending = true;
  };

  /** Resolves when woken, and after `ms` at the latest. */
  wait(ms: number): Promise<void> {
    if (this.#isPending) {
      this.#isPending = false;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const end = () => {
        if (this.#end !== end) return;
        this.#end = undefined;
        resolve();
        // Who is woken goes on first.
        setImmediate(clearTimeout, timer);
      };
      const timer = setTimeout(end, ms);
      this.#end = end;
    });
  }
}
