import { DependencyError } from '../errors.ts';

/** Somebody else holds it. `resources` are exactly those found taken. */
export class LockContendedError extends Error {
  override readonly name = 'LockContendedError';
  readonly resources: readonly string[];

  constructor(resources: readonly string[]) {
    super(`held by somebody else: ${resources.join(', ')}`);
    this.resources = resources;
  }
}

/** Redis cannot be reached or refused the command: certainly not held. */
export class LockUnavailableError extends DependencyError {
  override readonly name = 'LockUnavailableError';

  constructor(cause: unknown) {
    super('redis', cause);
  }
}

/** The reply was lost or came too late: the lock may have been taken. A compare-and-delete is sent after it. */
export class LockAmbiguousError extends DependencyError {
  override readonly name = 'LockAmbiguousError';

  constructor(cause: unknown) {
    super('redis', cause);
  }
}

/** The lease ended, or somebody else holds the resource by now. */
export class LockLostError extends Error {
  override readonly name = 'LockLostError';

  constructor(resources: readonly string[], options?: ErrorOptions) {
    super(`no longer held: ${resources.join(', ')}`, options);
  }
}
