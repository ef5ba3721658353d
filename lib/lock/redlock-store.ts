import Redlock, { ExecutionError, type ScriptClient } from 'redlock';
import type { RedisClient } from '../redis/client.ts';
import { callRedis } from '../redis/script.ts';
import { fenceKey } from './lock-keys.ts';
import { decodeTaken, type LocksTaken, takeSource } from './lock-scripts.ts';

type Operands = readonly (string | number)[];

/** redlock's own retries know no deadline. */
const settings = { retryCount: 0 };
const scripts = { acquireScript: () => takeSource };

/** Takes locks by redlock, which runs our script: one round trip. */
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
    const request = () => this.#idle.pop() ?? new RedlockRequest(this.#redis, this.#idle);
    return decodeTaken(await callRedis(this.#redis, () => request().take(keys, token, leaseMs)));
  }
}

/** Redlock makes up a token for each lock; here it takes ours, by which others give the lock back. */
class TokenRedlock extends Redlock {
  token = '';

  protected override _random(): string {
    return this.token;
  }
}

/**
 * One request of redlock at a time, and the client that redlock is given for it. Redlock takes a count for a reply;
 * here the whole reply is kept: the fence, and which locks are taken.
 */
class RedlockRequest implements ScriptClient {
  readonly #redis: RedisClient;
  readonly #idle: RedlockRequest[];
  readonly #redlock: TokenRedlock;
  #digest: string | undefined;
  #reply: unknown;

  /** @param idle where it goes when it has ended, which may be after its caller was told that it took too long */
  constructor(redis: RedisClient, idle: RedlockRequest[]) {
    this.#redis = redis;
    this.#idle = idle;
    this.#redlock = new TokenRedlock([this], settings, scripts);
  }

  async take(keys: readonly string[], token: string, leaseMs: number): Promise<unknown> {
    this.#redlock.token = token;
    this.#digest = undefined;
    this.#reply = undefined;
    try {
      await this.#redlock.acquire(keys, leaseMs);
    } catch (error) {
      if (!(error instanceof ExecutionError)) throw error;
      const stats = await error.attempts[0];
      // A reply that redlock finds wanting is an answer all the same.
      if (this.#reply === undefined) throw stats?.votesAgainst.get(this) ?? error;
    } finally {
      this.#idle.push(this);
    }
    return this.#reply;
  }

  async evalsha(digest: string, keyCount: number, operands: Operands): Promise<unknown> {
    this.#digest ??= digest;
    // Redlock releases after every acquisition that failed, and waits for that. When nothing was taken there is
    // nothing to release, and when that is not known it is done without letting the caller wait.
    if (digest !== this.#digest) return 0;
    return this.#keep(keyCount, await this.#redis.evalsha(digest, keyCount, ...operands));
  }

  async eval(source: string, keyCount: number, operands: Operands): Promise<unknown> {
    return this.#keep(keyCount, await this.#redis.eval(source, keyCount, ...operands));
  }

  /** The count for redlock: all keys, or none. */
  #keep(keyCount: number, reply: unknown): number {
    this.#reply = reply;
    return Array.isArray(reply) && Number(reply[0]) > 0 ? keyCount : 0;
  }
}
