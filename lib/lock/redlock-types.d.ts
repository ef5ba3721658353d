/**
 * redlock 5.0.0-beta.2 has types, but its `exports` hide them. Declared is what is used here, as its code
 * behaves: custom scripts are functions, and a client is asked to run scripts and nothing else.
 */
declare module 'redlock' {
  export interface ScriptClient {
    evalsha(digest: string, keyCount: number, operands: readonly (string | number)[]): Promise<unknown>;
    eval(source: string, keyCount: number, operands: readonly (string | number)[]): Promise<unknown>;
  }

  export interface ExecutionStats {
    readonly votesAgainst: ReadonlyMap<ScriptClient, Error>;
  }

  export class ExecutionError extends Error {
    readonly attempts: readonly Promise<ExecutionStats>[];
  }

  export class Lock {
    readonly value: string;
  }

  export default class Redlock {
    constructor(
      clients: readonly ScriptClient[],
      settings: { readonly retryCount: number },
      scripts?: { readonly acquireScript: () => string },
    );
    acquire(resources: readonly string[], durationMs: number): Promise<Lock>;
    /** The token of the next lock. */
    protected _random(): string;
    release(lock: Lock): Promise<unknown>;
    on(event: 'error', listener: () => void): unknown;
  }
}
