import type { RedisClient } from '../redis/client.ts';
import type { Taken } from './held-lease.ts';
import { type Acquisition, LeasingLock } from './leasing-lock.ts';
import type { LockObserver } from './lock.ts';
import { orderResources } from './lock-keys.ts';
import { lockReply } from './lock-reply.ts';
import { contended, extendLocks, giveBackLocks, lost } from './lock-scripts.ts';
import { RedlockStore } from './redlock-store.ts';

/** Tries once: for what somebody else either has or has not, like a seat. One command each way. */
export class SimpleLock extends LeasingLock {
  readonly #redis: RedisClient;
  readonly #store: RedlockStore;

  constructor(redis: RedisClient, observer: LockObserver) {
    super(observer);
    this.#redis = redis;
    this.#store = new RedlockStore(redis);
  }

  protected override async take(acquisition: Acquisition): Promise<Taken> {
    const { resources, token, leaseMs } = acquisition;
    acquisition.attempts += 1;
    const sentAtMs = performance.now();
    const { fence, taken } = await lockReply(this.#store.take(resources, token, leaseMs));
    if (taken.length > 0) throw contended(resources, taken);
    return { fence, sentAtMs };
  }

  protected override prepareRelease(resources: readonly string[], token: string): () => Promise<number> {
    const ordered = orderResources(resources);
    const send = giveBackLocks(this.#redis, ordered, [token]);
    return () => lockReply(send());
  }

  override async extend(resources: readonly string[], token: string, leaseMs: number): Promise<void> {
    const ordered = orderResources(resources);
    const missing = await lockReply(extendLocks(this.#redis, ordered, [token, leaseMs]));
    if (missing.length > 0) throw lost(ordered, missing);
  }
}
