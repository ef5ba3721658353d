import { setTimeout as sleep } from 'node:timers/promises';
import { type Members, readObject, slugOf } from '../../audit/exchange.ts';
import type { Random } from '../random.ts';
import type { Call, Client, Reply } from './client.ts';
import type { Habits } from './habits.ts';
import type { Sale } from './sale.ts';

/** More than a server that is on its feet ever needs. */
const maxTries = 8;
const firstRetryMs = 200;
const longestRetryMs = 4_000;

export type Answer = { readonly status: number; readonly slug: string | null; readonly json: Members };

/** One member of the crowd: who it is, what it will do, and its way of talking to the server. */
export class Person {
  readonly userId: string;
  readonly habits: Habits;
  readonly random: Random;
  readonly sale: Sale;
  readonly #token: string;
  readonly #client: Client;
  #stay = 1;
  #keys = 0;

  constructor(userId: string, token: string, habits: Habits, random: Random, sale: Sale, client: Client) {
    this.userId = userId;
    this.habits = habits;
    this.random = random;
    this.sale = sale;
    this.#token = token;
    this.#client = client;
  }

  /** A key that this person has not used yet. */
  newKey(): string {
    this.#keys += 1;
    return `${this.userId}-${this.#keys}`;
  }

  /** The last stay in the queue is known to have ended: what comes next is another one. */
  beginNewStay(): void {
    this.#stay += 1;
  }

  /** Sends once and takes what comes. */
  send(call: Call): Promise<Reply> {
    return this.#client.send(call, { userId: this.userId, stay: this.#stay, token: this.#token });
  }

  /**
   * Sends the same request again, key and all, while the outcome is unknown or the answer says to come back.
   *
   * @returns the answer that settles it, or null when there is none after a bounded number of tries.
   */
  async ask(call: Call): Promise<Answer | null> {
    for (let attempt = 1; attempt <= maxTries; attempt += 1) {
      const { outcome, retryAfterMs } = await this.send(call);
      if (outcome.type === 'answer') {
        const slug = slugOf(outcome.text);
        if (outcome.status < 500 && slug !== 'request-in-progress') {
          return { status: outcome.status, slug, json: readObject(outcome.text) };
        }
      }
      // Twice as long each time, and no two people at one moment: a server in need gets time to recover.
      const pauseMs = Math.min(Math.max(retryAfterMs ?? 0, firstRetryMs * 2 ** attempt), longestRetryMs);
      await sleep(pauseMs * (0.5 + this.random.next() / 2));
    }
    return null;
  }

  /** Sends and hangs up before the answer can be trusted to have come; the outcome is nobody's business. */
  async sendAndHangUp(call: Call): Promise<void> {
    await this.send({ ...call, abortAfterMs: this.random.whole(1, 25) });
  }
}
