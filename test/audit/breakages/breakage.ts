import type { Redis } from 'ioredis';
import type { Evidence } from '../../../infra/audit/invariant.ts';

/** One way to break a clean sale: statements, Redis commands, or other things that clients and topic show. */
export type Breakage = {
  readonly invariant: string;
  readonly what: string;
  readonly sql?: string;
  readonly redis?: (redis: Redis) => Promise<unknown>;
  readonly evidence?: (clean: Evidence) => Partial<Evidence>;
};

/** The clients saw this as well. */
export const alsoTold = (...exchanges: Evidence['exchanges']) => ({
  evidence: (clean: Evidence) => ({ exchanges: [...clean.exchanges, ...exchanges] }),
});
