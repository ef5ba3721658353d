import type { Model, Operation } from './linearizability.ts';

/**
 * The definition itself, for tests: tries every order of every choice of the unknown operations, and takes none that
 * contradicts the times. Factorial in the number of operations.
 */
export function anyOrderExplains<State, Input>(
  model: Model<State, Input>,
  operations: readonly Operation<Input>[],
): boolean {
  return extend(model, model.initial, Number.NEGATIVE_INFINITY, operations);
}

function extend<State, Input>(
  model: Model<State, Input>,
  state: State,
  atMs: number,
  left: readonly Operation<Input>[],
): boolean {
  if (left.every(({ isUnknown }) => isUnknown)) return true;
  return left.some((operation) => {
    const step = model.step(state, operation, Math.max(atMs, operation.calledAtMs));
    if (step === undefined || step.atMs > operation.returnedAtMs) return false;
    const rest = left.filter((other) => other !== operation);
    return extend(model, step.state, step.atMs, rest);
  });
}
