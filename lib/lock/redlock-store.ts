import Redlock, { ExecutionError, Lock, type ScriptClient } from 'redlock';
import type { RedisClient } from '../redis/client.ts';
import { callRedis } from '../redis/script.ts';
import { fenceKey } from './lock-keys.ts';
import {
  decodeFreed,
  decodeTaken,
  giveBackSource,
  keepMs,
  type LocksTaken,
  takeSource,
} from './lock-scripts.ts';

type Operands = readonly (string | number)[];

/** redlock's own retries know no deadline, and keep at a lock that is lost. */
const settings = { retryCount: 0 };
const scripts = { acquireScript: () => takeSource, releaseScript: () => giveBackSource };

/** Takes and gives back locks by redlock, which runs our scripts: one round trip each. */
export class RedlockStore {
  readonly #redis: RedisClient;
  /** Made ready once: redlock hashes its scripts for every instance. As many as requests were under way at once. */
  readonly #idle: RedlockRequest[] = [];

  constructor(redis: RedisClient) {
    this.#redis = redis;
  }

  /** @throws DependencyError */
  async take(resources: readonly [string, ...string[]], token: string, leaseMs: number): Promise<LocksTaken> {
    const keys = [fenceKey(resources[0]), ...resources];
    const reply = await this.#run((request) =>
      request.run(token, (redlock) => redlock.acquire(keys, leaseMs)),
    );
    return decodeTaken(reply);
  }

  /** @returns how many were held with the token @throws DependencyError */
  async giveBack(resources: readonly string[], token: string): Promise<number> {
    const reply = await this.#run((request) =>
      request.run(token, (redlock) => redlock.release(new Lock(redlock, resources, token, [], 0))),
    );
    return decodeFreed(reply);
  }

  async #run(ask: (request: RedlockRequest) => Promise<unknown>): Promise<unknown> {
    const request = this.#idle.pop() ?? new RedlockRequest(this.#redis);
    try {
      return await callRedis(this.#redis, () => ask(request));
    } finally {
      this.#idle.push(request);
    }
  }
}

/**
 * One request of redlock at a time, and the client that redlock is given for it. Redlock makes up its own token
 * and takes a count for a reply; here our token takes the place of its own, and the whole reply is kept: the
 * fence, and which locks are taken.
 */
class RedlockRequest implements ScriptClient {
  readonly #redis: RedisClient;
  readonly #redlock: Redlock;
  #token = '';
  #digest: string | undefined;
  #reply: unknown;

  constructor(redis: RedisClient) {
    this.#redis = redis;
    this.#redlock = new Redlock([this], settings, scripts);
  }

  async run(token: string, ask: (redlock: Redlock) => Promise<unknown>): Promise<unknown> {
    this.#token = token;
    this.#digest = undefined;
    this.#reply = undefined;
    try {
      await ask(this.#redlock);
    } catch (error) {
      if (!(error instanceof ExecutionError)) throw error;
      const stats = await error.attempts[0];
      // A reply that redlock finds wanting is an answer all the same.
      if (this.#reply === undefined) throw stats?.votesAgainst.get(this) ?? error;
    }
    return this.#reply;
  }

  async evalsha(digest: string, keyCount: number, operands: Operands): Promise<unknown> {
    this.#digest ??= digest;
    // Redlock releases after every acquisition that failed, and waits for that. When nothing was taken there is
    // nothing to release, and when that is not known it is done without letting the caller wait.
    if (digest !== this.#digest) return 0;
    return this.#keep(
      keyCount,
      await this.#redis.evalsha(digest, keyCount, ...this.#own(keyCount, operands)),
    );
  }

  async eval(source: string, keyCount: number, operands: Operands): Promise<unknown> {
    return this.#keep(keyCount, await this.#redis.eval(source, keyCount, ...this.#own(keyCount, operands)));
  }

  #own(keyCount: number, operands: Operands): (string | number)[] {
    const [, ...lease] = operands.slice(keyCount);
    return [...operands.slice(0, keyCount), this.#token, ...lease, ...(lease.length > 0 ? [keepMs] : [])];
  }

  /** The count for redlock: all keys, or how many there were. */
  #keep(keyCount: number, reply: unknown): number {
    this.#reply = reply;
    if (!Array.isArray(reply)) return decodeFreed(reply);
    return decodeTaken(reply).fence > 0 ? keyCount : 0;
  }
}
