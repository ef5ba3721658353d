/** One thing that a client asked for, with the time in which it must have happened. */
export interface Operation<Input> {
  readonly input: Input;
  readonly calledAtMs: number;
  /** `Infinity` for one that nobody was told the end of. */
  readonly returnedAtMs: number;
  /** Its client never learnt the outcome: it may have taken effect, at any time after the call, or never. */
  readonly isUnknown: boolean;
}

/** What an operation makes of a state, and the earliest moment at which it can have done so. */
export interface Step<State> {
  readonly state: State;
  readonly atMs: number;
}

/** The object that the operations are about, as one person would use it alone. */
export interface Model<State, Input> {
  readonly initial: State;
  /**
   * The operation carried out in this state at `fromMs` or as soon after it as it can be; undefined when it cannot
   * have ended as its client was told. States are values: none is changed.
   */
  step(state: State, operation: Operation<Input>, fromMs: number): Step<State> | undefined;
  /** Equal for equal states. */
  nameState(state: State): string;
  /** Equal for unknown operations that would do the same to every state. */
  nameEffect(input: Input): string;
}

export type Verdict<Input> =
  | { readonly type: 'linearizable'; readonly states: number }
  /** No order explains it. `stuckAt`: what could not follow the longest explanation that was found. */
  | {
      readonly type: 'not linearizable';
      readonly states: number;
      readonly explained: number;
      readonly stuckAt: readonly Operation<Input>[];
    }
  /** The bound was reached before an order was found, or all were tried: nothing was proved. */
  | { readonly type: 'undecided'; readonly states: number };

/** How many (set of done operations, state) pairs are looked at before the search gives up. */
export const defaultMaxStates = 200_000;

interface Node<State> {
  /** A bit an operation. */
  readonly done: bigint;
  readonly definite: number;
  readonly state: State;
  /** The moment of the last operation, as early as it can have been. */
  readonly atMs: number;
}

/**
 * Looks for one order of the operations in which each happened between its call and its return and the model gives
 * every answer that was given (Wing and Gong's search with Lowe's memory of configurations already seen). Unknown
 * operations may be left out. Time is part of the model: each operation is put as early as it can be, which is
 * never worse for those that follow, so of two ways to one configuration only the earlier is kept.
 */
export function checkLinearizability<State, Input>(
  model: Model<State, Input>,
  operations: readonly Operation<Input>[],
  maxStates: number = defaultMaxStates,
): Verdict<Input> {
  const search = new Search(model, operations);
  return search.run(maxStates);
}

interface Entry<Input> {
  readonly operation: Operation<Input>;
  readonly bit: bigint;
}

class Search<State, Input> {
  readonly #model: Model<State, Input>;
  readonly #entries: readonly Entry<Input>[];
  readonly #definite: number;
  readonly #seenAtMs = new Map<string, number>();
  #furthest: Node<State>;

  constructor(model: Model<State, Input>, operations: readonly Operation<Input>[]) {
    this.#model = model;
    // Those that returned first are tried first: most histories are explained without going back.
    this.#entries = operations
      .toSorted((a, b) => a.returnedAtMs - b.returnedAtMs || a.calledAtMs - b.calledAtMs)
      .map((operation, index) => ({ operation, bit: 1n << BigInt(index) }));
    this.#definite = operations.filter(({ isUnknown }) => !isUnknown).length;
    this.#furthest = { done: 0n, definite: 0, state: model.initial, atMs: Number.NEGATIVE_INFINITY };
  }

  run(maxStates: number): Verdict<Input> {
    const open = [this.#furthest];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      if (node.definite === this.#definite) return { type: 'linearizable', states: this.#seenAtMs.size };
      if (this.#seenAtMs.size >= maxStates) return { type: 'undecided', states: this.#seenAtMs.size };
      if (node.definite > this.#furthest.definite) this.#furthest = node;
      // The stack gives back the last first.
      open.push(...this.#successors(node).toReversed());
    }
    const { definite: explained } = this.#furthest;
    const stuckAt = this.#candidates(this.#furthest)
      .map(({ operation }) => operation)
      .filter(({ isUnknown }) => !isUnknown);
    return { type: 'not linearizable', states: this.#seenAtMs.size, explained, stuckAt };
  }

  #successors(node: Node<State>): Node<State>[] {
    const latestMs = this.#latestMs(node.done);
    return this.#candidates(node).flatMap(({ operation, bit }) => {
      const step = this.#model.step(node.state, operation, Math.max(node.atMs, operation.calledAtMs));
      if (step === undefined || step.atMs > latestMs) return [];
      const definite = node.definite + (operation.isUnknown ? 0 : 1);
      const next = { done: node.done | bit, definite, ...step };
      return this.#isNews(next) ? [next] : [];
    });
  }

  /** Those that may be next: none that is not done had returned before they were called. */
  #candidates({ done }: Node<State>): Entry<Input>[] {
    const latestMs = this.#latestMs(done);
    const effects = new Set<string>();
    return this.#entries.filter(({ operation, bit }) => {
      if ((done & bit) !== 0n || operation.calledAtMs > latestMs) return false;
      if (!operation.isUnknown) return true;
      // Of unknown operations that do the same, the one that was called first can stand for all.
      const effect = this.#model.nameEffect(operation.input);
      return effects.size < effects.add(effect).size;
    });
  }

  /** When the first of the operations that are not done returned: no other can come after that. */
  #latestMs(done: bigint): number {
    const first = this.#entries.find(({ bit }) => (done & bit) === 0n);
    return first?.operation.returnedAtMs ?? Number.POSITIVE_INFINITY;
  }

  #isNews({ done, state, atMs }: Node<State>): boolean {
    const name = `${done.toString(36)} ${this.#model.nameState(state)}`;
    const seenAtMs = this.#seenAtMs.get(name);
    if (seenAtMs !== undefined && seenAtMs <= atMs) return false;
    this.#seenAtMs.set(name, atMs);
    return true;
  }
}
