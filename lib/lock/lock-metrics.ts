import { metricsWith } from '../log.ts';
import type { LockObserver } from './lock.ts';

/** What a lock is for: a dimension of its metrics, as the outcome is. Never a resource, of which there is no end. */
export type LockUse = 'seat' | 'wallet';

/**
 * Tells every acquisition (`LockWait`, `LockAttempts`) and every lease that its holder gave back (`LockHold`) in an
 * EMF line of its own, at once: outcomes differ within a request, and a container may be frozen after its answer.
 * The locks of a hold that was made are given back by token, elsewhere, and have no `LockHold`.
 */
export function lockMetrics(use: LockUse): LockObserver {
  const metrics = metricsWith({ lock: use });
  return {
    acquired: ({ outcome, waitedMs, attempts }) => {
      metrics.addDimension('outcome', outcome);
      metrics.addMetric('LockWait', 'Milliseconds', waitedMs);
      metrics.addMetric('LockAttempts', 'Count', attempts);
      metrics.publishStoredMetrics();
    },
    ended: ({ outcome, heldMs }) => {
      metrics.addDimension('outcome', outcome);
      metrics.addMetric('LockHold', 'Milliseconds', heldMs);
      metrics.publishStoredMetrics();
    },
  };
}
