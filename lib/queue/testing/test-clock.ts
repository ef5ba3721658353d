import type { PerformanceId } from '../../ids.ts';
import type { RedisClient } from '../../redis/client.ts';
import type { ScriptEdit } from './edited-redis.ts';

/** A list of the two numbers that TIME answers, in the slot of the script's own keys. */
const clockKey = (performanceId: PerformanceId) => `{${performanceId}}:clock`;

/** Scripts read the test's clock where they would read that of the server. */
export const readTestClock: ScriptEdit = (source) =>
  source.replaceAll("redis.call('TIME')", "redis.call('LRANGE', KEYS[1]:match('{.-}') .. ':clock', 0, 1)");

/** The clock of one waiting room, which moves only when told. */
export class TestClock {
  readonly #redis: RedisClient;
  readonly #key: string;
  #nowUs: number;

  constructor(redis: RedisClient, performanceId: PerformanceId, startMs: number) {
    this.#redis = redis;
    this.#key = clockKey(performanceId);
    this.#nowUs = startMs * 1_000;
  }

  get nowUs(): number {
    return this.#nowUs;
  }

  get nowMs(): number {
    return Math.floor(this.#nowUs / 1_000);
  }

  /** Writes the time where the scripts look for it: at the start, and again after a flush. */
  async show(): Promise<void> {
    const seconds = Math.floor(this.#nowUs / 1_000_000);
    await this.#redis
      .multi()
      .del(this.#key)
      .rpush(this.#key, seconds, this.#nowUs % 1_000_000)
      .exec();
  }

  async advanceUs(byUs: number): Promise<void> {
    this.#nowUs += byUs;
    await this.show();
  }

  async advanceMs(byMs: number): Promise<void> {
    await this.advanceUs(byMs * 1_000);
  }
}
