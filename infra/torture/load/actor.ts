import { setTimeout as sleep } from 'node:timers/promises';
import { type Members, readObject, slugOf } from '../../audit/exchange.ts';
import type { Call, Client, Reply } from '../../demo/crowd/client.ts';
import type { Random } from '../../demo/random.ts';
import type { Sale } from './sale.ts';

export type Answer = { readonly status: number; readonly slug: string | null; readonly json: Members };

/** One user, on one of the devices that the user has. */
export class Actor {
  readonly userId: string;
  readonly random: Random;
  readonly sale: Sale;
  readonly #token: string;
  readonly #client: Client;
  readonly #device: string;
  #keys = 0;

  constructor(
    user: { userId: string; token: string },
    device: string,
    random: Random,
    sale: Sale,
    client: Client,
  ) {
    this.userId = user.userId;
    this.#token = user.token;
    this.#device = device;
    this.random = random;
    this.sale = sale;
    this.#client = client;
  }

  /** A key that this user has not used yet. */
  newKey(): string {
    this.#keys += 1;
    return `${this.#device}-${this.#keys}`;
  }

  send(call: Call): Promise<Reply> {
    return this.#client.send(call, { userId: this.userId, stay: 1, token: this.#token });
  }

  /**
   * Repeats the same request, sooner than `Retry-After` asks for, until it is settled. Now and then the first try is
   * given up in flight.
   *
   * @returns null when the sale was over for too long without an answer
   */
  async settle(call: Call): Promise<Answer | null> {
    if (this.random.chance(0.05)) await this.send({ ...call, abortAfterMs: this.random.whole(1, 25) });
    while (!this.sale.isClosed) {
      const { outcome } = await this.send(call);
      if (outcome.type === 'answer') {
        const slug = slugOf(outcome.text);
        if (outcome.status < 500 && slug !== 'request-in-progress')
          return { status: outcome.status, slug, json: readObject(outcome.text) };
      }
      await sleep(this.random.whole(200, 600));
    }
    return null;
  }

  /** Waits, or until the sale is over. */
  async think(leastMs: number, mostMs: number): Promise<void> {
    await this.sale.pause(this.random.whole(leastMs, mostMs));
  }
}
