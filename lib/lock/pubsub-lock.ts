import type { RedisClient } from '../redis/client.ts';
import { LockContendedError } from './errors.ts';
import type { Taken } from './held-lease.ts';
import { type Acquisition, LeasingLock } from './leasing-lock.ts';
import type { LockObserver } from './lock.ts';
import { fenceKey, lineKey, orderResources } from './lock-keys.ts';
import { lockReply } from './lock-reply.ts';
import { contended, extendTurn, lost, passTurn, type Turn, takeTurn } from './lock-scripts.ts';
import { TurnListener } from './turn-listener.ts';
import { grantMs, TurnWait } from './turn-wait.ts';

/**
 * Waits in a line that stands in Redis: who releases grants the lock to the first in line and tells that one
 * alone. First come, first served; a hand-off costs the same however many wait.
 *
 * A holder that dies costs the others what is left of its lease. A waiter that dies costs them nothing when
 * its connection is seen to be gone, else the time in which a grant must be claimed and the time until
 * somebody looks: below 500 ms together.
 */
export class PubSubLock extends LeasingLock {
  readonly #redis: RedisClient;
  readonly #listener: TurnListener;

  constructor(redis: RedisClient, observer: LockObserver) {
    super(observer);
    this.#redis = redis;
    this.#listener = new TurnListener(redis);
  }

  protected override take(acquisition: Acquisition): Promise<Taken> {
    const { resources, deadlineMs } = acquisition;
    const canWait = deadlineMs > performance.now();
    // Where turns are heard already, the first request can stand in line at once.
    if (canWait && resources.length === 1 && this.#listener.hears(resources[0]))
      return this.#waitFor(resources[0], acquisition);
    return this.#tryFirst(acquisition, canWait);
  }

  async #tryFirst(acquisition: Acquisition, canWait: boolean): Promise<Taken> {
    const { resources } = acquisition;
    const sentAtMs = performance.now();
    const turn = await this.#ask(acquisition, resources);
    if (turn.status === 'held') return { fence: turn.fence, sentAtMs };
    if (turn.status === 'waiting') throw new TypeError('stands in line without having asked for it');
    if (!canWait) throw contended(resources, turn.taken);
    return resources.length === 1 ? this.#waitFor(resources[0], acquisition) : this.#waitForEach(acquisition);
  }

  async #waitForEach(acquisition: Acquisition): Promise<Taken> {
    const { resources, token } = acquisition;
    try {
      await this.#waitInOrder(acquisition);
      // Makes the leases even; or takes what came free at the last moment, or tells exactly what is still taken.
      const sentAtMs = performance.now();
      const turn = await this.#ask(acquisition, resources);
      if (turn.status === 'held') return { fence: turn.fence, sentAtMs };
      throw contended(resources, turn.status === 'taken' ? turn.taken : []);
    } catch (error) {
      await this.lateReleases.now(() => this.release(resources, token));
      throw error;
    }
  }

  /** In sorted order, so that two who want the same cannot wait for one another; until the deadline. */
  async #waitInOrder(acquisition: Acquisition): Promise<void> {
    for (const resource of acquisition.resources) {
      // The first must not run out while the last is waited for.
      const patienceMs = Math.max(0, acquisition.deadlineMs - performance.now());
      const leaseMs = Math.ceil(acquisition.leaseMs + patienceMs);
      try {
        await this.#waitFor(resource, { ...acquisition, leaseMs });
      } catch (error) {
        // The time is over; the caller looks once more at all of them.
        if (error instanceof LockContendedError) return;
        throw error;
      }
    }
  }

  #waitFor(resource: string, acquisition: Acquisition): Promise<Taken> {
    const wait = new TurnWait(resource, acquisition, this.#listener, {
      ask: (...names) => this.#ask(acquisition, [resource], names),
      // The token of nobody: a grant that has just come to this waiter is not given back.
      pass: () => this.release([resource], ''),
      leave: (listener) =>
        this.lateReleases.now(this.prepareRelease([resource], acquisition.token, listener)),
      leaveLater: (listener) =>
        this.lateReleases.start(this.prepareRelease([resource], acquisition.token, listener)),
    });
    return wait.run();
  }

  /** @param names as whom it stands in line, and stood before; none when it does not want to wait */
  #ask(
    acquisition: Acquisition,
    resources: Acquisition['resources'],
    names: readonly string[] = [],
  ): Promise<Turn> {
    acquisition.attempts += 1;
    const { token, leaseMs } = acquisition;
    return lockReply(takeTurn(this.#redis, keysOf(resources), [token, leaseMs, ...names]));
  }

  /** @param leaving under which listener the token leaves the lines as well */
  protected override prepareRelease(
    resources: readonly string[],
    token: string,
    ...leaving: readonly string[]
  ): () => Promise<number> {
    const ordered = orderResources(resources);
    // Where somebody has waited lately somebody may wait now, and be kept from its processor by this one's next request.
    const answersCallerLast = this.#listener.hears(ordered[0]);
    const args = [token, grantMs, ...leaving];
    const send = passTurn(this.#redis, keysOf(ordered), args, { answersCallerLast });
    return () => lockReply(send());
  }

  override async extend(resources: readonly string[], token: string, leaseMs: number): Promise<void> {
    const ordered = orderResources(resources);
    const missing = await lockReply(extendTurn(this.#redis, ordered, [token, leaseMs]));
    if (missing.length > 0) throw lost(ordered, missing);
  }

  override async close(): Promise<void> {
    await super.close();
    await this.#listener.close();
  }
}

function keysOf(resources: readonly [string, ...string[]]): readonly string[] {
  const keys = [fenceKey(resources[0])];
  for (const resource of resources) keys.push(resource, lineKey(resource));
  return keys;
}
