import type { RedisClient } from '../../lib/redis/client.ts';
import type { BenchResult } from './report.ts';

/** What every bench is given: a Redis that nobody else uses, and a place to say how far it is. */
export interface BenchRoom {
  readonly url: string;
  /** For the bench's own process; closed by who made the room. */
  readonly redis: RedisClient;
  progress(line: string): void;
}

export interface BenchOutcome {
  readonly results: readonly BenchResult[];
  /** Why the figures are not to be trusted; the bench fails when there is one. */
  readonly faults: readonly string[];
}

/**
 * Reads the bench's own options and answers how to run it.
 *
 * @throws UsageError for options it does not know
 */
export type StartBench = (argv: readonly string[]) => (room: BenchRoom) => Promise<BenchOutcome>;
