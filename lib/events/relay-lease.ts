import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { callDatabase } from '../db/call-database.ts';
import type { Db } from '../db/client.ts';
import type { OutboxTopic } from './outbox-topic.ts';

/**
 * A relay that dies keeps its topic from the next one no longer than this. Longer than nearly every batch: one that
 * outlives the lease is published again.
 */
const defaultLeaseMs = 10_000;

/** Another relay has taken the topic over. What this one has published, the other publishes again. */
export class RelayLeaseLostError extends Error {
  override readonly name = 'RelayLeaseLostError';
}

/** What a batch needs to know of the lease under which it is relayed. */
export interface RelayTurn {
  /** Grows with every relay that takes the topic. */
  readonly fence: number;
  /** Time left by this process's monotonic clock, counted from before the lease was asked for. */
  remainingMs(): number;
}

/**
 * The right to relay one topic: a row in Postgres with its holder, a fence, and the end by the database's clock.
 * One relay has it at a time; it is given up at the end of the relay's work, and ends by itself after its death.
 */
export class RelayLease {
  readonly topic: OutboxTopic;
  readonly #db: Db;
  readonly #leaseMs: number;
  readonly #holder = randomUUID();
  #turn: RelayTurn | undefined;

  constructor(db: Db, topic: OutboxTopic, leaseMs = defaultLeaseMs) {
    this.#db = db;
    this.topic = topic;
    this.#leaseMs = leaseMs;
  }

  /**
   * Takes the lease, or renews it when less than three quarters of it are left. One statement, or none.
   *
   * @returns undefined while another relay has it
   * @throws DependencyError
   */
  async keep(): Promise<RelayTurn | undefined> {
    if (this.#turn !== undefined && this.#turn.remainingMs() > this.#leaseMs * 0.75) return this.#turn;
    this.#turn = undefined;
    const endsAtMs = performance.now() + this.#leaseMs;
    const { rows } = await callDatabase(() => this.#take());
    const [row] = rows;
    if (row === undefined) return undefined;
    this.#turn = { fence: row.fence, remainingMs: () => Math.max(0, endsAtMs - performance.now()) };
    return this.#turn;
  }

  /** The end is counted when the row is locked: a wait for it must not make the lease shorter, or seem over. */
  #take() {
    const length = sql`make_interval(secs => ${this.#leaseMs / 1_000})`;
    return sql<{ fence: number }>`
      INSERT INTO relay_leases AS lease (topic, holder, fence, ends_at)
      VALUES (${this.topic}, ${this.#holder}, 1, clock_timestamp() + ${length})
      ON CONFLICT (topic) DO UPDATE SET
        holder = excluded.holder, ends_at = clock_timestamp() + ${length},
        fence = lease.fence + CASE WHEN lease.holder = excluded.holder THEN 0 ELSE 1 END
      WHERE lease.holder = excluded.holder OR lease.ends_at <= clock_timestamp()
      RETURNING fence`.execute(this.#db);
  }

  /**
   * Lets the next relay begin at once. Nothing happens to the lease of another. One UPDATE.
   *
   * @throws DependencyError the lease ends by itself
   */
  async giveUp(): Promise<void> {
    this.#turn = undefined;
    await callDatabase(() =>
      this.#db
        .updateTable('relay_leases')
        .set({ ends_at: sql<Date>`clock_timestamp()` })
        .where('topic', '=', this.topic)
        .where('holder', '=', this.#holder)
        .execute(),
    );
  }
}
