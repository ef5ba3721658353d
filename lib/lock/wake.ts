/** A wait that somebody may end. A call of `wake` before the wait is not lost: the wait then ends at once. */
export class Wake {
  #isPending = false;
  #end: (() => void) | undefined;

  readonly wake = (): void => {
    this.#isPending = true;
    this.#end?.();
  };

  /** Resolves when woken, and after `ms` at the latest. */
  async wait(ms: number): Promise<void> {
    if (!this.#isPending) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.#end = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#end = undefined;
    }
    this.#isPending = false;
  }
}
