import type { Pool } from 'pg';
import type { Exchange } from './exchange.ts';
import type { RoomSample } from './room-sample.ts';
import type { SeatLock } from './seat-locks.ts';
import type { ReadRecords } from './topic.ts';

/** All that is judged: the three stores, what was sampled while the sale ran, and what the clients saw. */
export type Evidence = {
  /** At one moment: a snapshot where things go on, else a database in which nothing changes any more. */
  readonly database: Pick<Pool, 'query'>;
  /** The same database as it is whenever it is asked. */
  readonly current: Pick<Pool, 'query'>;
  /** Read before the snapshot was taken, so that a hold that was extended in between is no violation. */
  readonly seatLocks: readonly SeatLock[];
  /** Reads the whole topic of reservation events, in the order of each partition. */
  readonly readRecords: ReadRecords;
  /** The performances that are judged. Money is judged over all wallets. */
  readonly performanceIds: readonly string[];
  readonly samples: readonly RoomSample[];
  /** Empty when nobody recorded the clients. */
  readonly exchanges: readonly Exchange[];
  /** How old an event may be and still be on its way; 0 where nothing changes any more. */
  readonly graceMs: number;
  /** The longest time between a decision and the row that tells of it; that of a healthy database unless told. */
  readonly decisionSlackMs?: number;
};

export type Judgement = {
  /** How many things were compared: zero means that nothing was proved. */
  readonly judged: number;
  /** The same in words, e.g. `300 seats, 412 holds`. */
  readonly counted: string;
  /** One sentence a violation. */
  readonly violations: readonly string[];
};

/** One claim about the system, and the way to find it broken. */
export type Invariant = {
  /** Short and stable: what a script matches on. */
  readonly name: string;
  /** The claim, as a sentence. */
  readonly claim: string;
  /** `clients` needs recorded exchanges, `samples` a sale that was watched; such are left out where there are none. */
  readonly needs?: 'clients' | 'samples';
  judge(evidence: Evidence): Promise<Judgement>;
};
