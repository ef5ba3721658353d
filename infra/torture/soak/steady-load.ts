import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '../../demo/crowd/client.ts';
import { Random } from '../../demo/random.ts';
import { Actor } from '../load/actor.ts';
import type { Sale } from '../load/sale.ts';
import type { TortureStage } from '../stage/open-stage.ts';
import { runErrand } from './errand.ts';

/** Errands that find so many others under way are not run: the rate would not be what it says. */
const maxErrands = 200;
const maxInFlight = 512;
/** Exchanges are counted and let go, so that the soak itself does not grow. */
const countEvery = 1_000;

export interface LoadCounts {
  readonly requests: number;
  readonly errands: number;
  readonly shed: number;
  readonly unavailable: number;
  readonly unanswered: number;
  readonly crashed: number;
  /** Told 401: whoever has no token that counts loads nothing. */
  readonly strangers: number;
}

/**
 * Sends errands at a steady rate, whether or not the earlier ones have come to their end.
 *
 * @param rate errands a second
 */
export class SteadyLoad {
  readonly #sale: Sale;
  readonly #client: Client;
  readonly #actors: readonly Actor[];
  readonly #running = new Set<Promise<void>>();
  readonly #random: Random;
  #counts = { requests: 0, errands: 0, shed: 0, unavailable: 0, unanswered: 0, crashed: 0, strangers: 0 };
  #sending: Promise<void> = Promise.resolve();

  private constructor(sale: Sale, client: Client, actors: readonly Actor[], random: Random) {
    this.#sale = sale;
    this.#client = client;
    this.#actors = actors;
    this.#random = random;
  }

  static async start(
    stage: TortureStage,
    sale: Sale,
    { users, rate, seed }: { users: number; rate: number; seed: number },
  ): Promise<SteadyLoad> {
    const client = new Client(stage.http, maxInFlight);
    const random = new Random(seed);
    const userIds = Array.from({ length: users }, (_, n) => `soak-${seed}-${n + 1}`);
    const tokens = await stage.issueTokens(userIds, { admin: false });
    const actors = userIds.map(
      (userId, n) => new Actor({ userId, token: tokens[n] ?? '' }, userId, random.fork(n), sale, client),
    );
    const load = new SteadyLoad(sale, client, actors, random);
    load.#sending = load.#keepSending(rate);
    return load;
  }

  get counts(): LoadCounts {
    this.#count();
    return this.#counts;
  }

  async end(): Promise<LoadCounts> {
    this.#sale.end();
    await this.#sending;
    await Promise.all(this.#running);
    this.#client.close();
    return this.counts;
  }

  async #keepSending(rate: number): Promise<void> {
    const beganAtMs = performance.now();
    for (let sent = 0; !this.#sale.isOver; sent += 1) {
      await this.#sale.pause(beganAtMs + (sent * 1_000) / rate - performance.now());
      if (this.#client.exchanges.length > countEvery) this.#count();
      this.#begin();
      // Lets what has ended be told, also when the rate is behind.
      await sleep(0);
    }
  }

  #begin(): void {
    const actor = this.#actors[this.#random.whole(0, this.#actors.length - 1)];
    if (actor === undefined || this.#running.size >= maxErrands) {
      this.#counts.shed += 1;
      return;
    }
    this.#counts.errands += 1;
    const errand = runErrand(actor).finally(() => this.#running.delete(errand));
    this.#running.add(errand);
  }

  #count(): void {
    for (const { outcome } of this.#client.exchanges.splice(0)) {
      this.#counts.requests += 1;
      if (outcome.type === 'unknown') this.#counts.unanswered += outcome.reason === 'aborted' ? 0 : 1;
      else if (outcome.status === 503) this.#counts.unavailable += 1;
      else if (outcome.status >= 500) this.#counts.crashed += 1;
      else if (outcome.status === 401) this.#counts.strangers += 1;
    }
  }
}
