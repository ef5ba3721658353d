import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../../demo/crowd/client.ts';

const everyMs = 250;
const call = { kind: 'read health', method: 'GET', path: '/health' } as const;
const nobody = { userId: 'nobody', stay: 1, token: '' };

export interface HealthWatch {
  /** Resolves with the moment, in ms since 1970, of the first good answer to a question put from now on; null when there was none. */
  recovered(withinMs: number): Promise<number | null>;
  stop(): Promise<void>;
}

/** Asks for the health over and over; the client keeps the answers. */
export function watchHealth(client: Client): HealthWatch {
  const stopped = new AbortController();
  const watching = (async () => {
    while (!stopped.signal.aborted) {
      await client.send(call, nobody);
      await sleep(everyMs);
    }
  })();
  return {
    async recovered(withinMs) {
      const fromMs = Date.now();
      for (let nowMs = fromMs; nowMs < fromMs + withinMs; nowMs = Date.now()) {
        const good = client.exchanges.findLast(
          ({ kind, sentAtMs, outcome }) =>
            kind === 'read health' &&
            sentAtMs > fromMs &&
            outcome.type === 'answer' &&
            outcome.status === 200,
        );
        if (good !== undefined) return good.endedAtMs;
        await sleep(everyMs / 2);
      }
      return null;
    },
    async stop() {
      stopped.abort();
      await watching;
    },
  };
}
