import type { ChildProcess } from 'node:child_process';

export type ServiceName = 'redis' | 'postgres' | 'kafka' | 'app';

/** How one server is started, asked and stopped. The supervisor owns the processes; a service only describes. */
export interface Service {
  readonly name: ServiceName;
  readonly logFile: string;
  /** Longest time from spawn to the first answer. */
  readonly readyWithinMs: number;
  /** The signal for an orderly end; after `stopWithinMs` SIGKILL follows. */
  readonly stopSignal: NodeJS.Signals;
  readonly stopWithinMs: number;
  /** What has to be put right before every start, e.g. a stale lock file of a killed server. */
  readonly beforeStart?: () => Promise<void>;
  /** Starts the server itself, without a wrapper; its pid is the child's. */
  readonly launch: () => ChildProcess;
  /** One request to the server; rejects unless it was answered well. Bounds itself to about 2 s. */
  readonly check: () => Promise<void>;
}
