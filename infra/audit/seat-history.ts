import { createHash } from 'node:crypto';
import { readObject } from './exchange.ts';
import type { TopicRecord } from './topic.ts';

/** What each event makes of a seat, and which may come before it. */
const follows: Readonly<Record<string, readonly (string | undefined)[]>> = {
  'seat.held': [undefined, 'seat.released', 'seat.expired', 'reservation.cancelled'],
  'seat.released': ['seat.held'],
  'seat.expired': ['seat.held'],
  'reservation.completed': ['seat.held'],
  'reservation.cancelled': ['reservation.completed'],
};

/** The most that is told of one topic. */
const mostFaults = 1_000;

type Seat = {
  readonly partition: number;
  /** The version of its first record: 1, unless the topic's retention has taken what came before. */
  readonly first: number;
  /** A hash of the id of each event from `first` on: a repeat has the same. */
  readonly idHashes: number[];
  lastType: string;
};

/** The events of each seat as a topic tells them, record by record; no record is kept, only what is compared with. */
export class SeatHistories {
  readonly faults: string[] = [];
  recordCount = 0;
  readonly #performanceIds: ReadonlySet<string>;
  readonly #seats = new Map<string, Seat>();
  readonly #partitions = new Set<number>();

  constructor(performanceIds: readonly string[]) {
    this.#performanceIds = new Set(performanceIds);
  }

  /** Compares one record with what was told of its seat before. Records of other performances are left alone. */
  take({ partition, offset, key, value }: TopicRecord): void {
    const event = readObject(value);
    const data = readObject(JSON.stringify(event.data ?? {}));
    if (!this.#performanceIds.has(String(data.performanceId))) return;
    this.recordCount += 1;
    this.#partitions.add(partition);
    const where = `record ${partition}/${offset} of seat ${key}`;
    if (data.seatId !== key || event.subject !== key) this.#fault(`${where} is about another seat`);
    const version = Number(data.version);
    const [id, type] = [hashOf(String(event.id)), String(event.type)];
    const seat = this.#seats.get(key);
    if (!(version >= 1)) this.#fault(`${where} has no version`);
    else if (seat === undefined)
      this.#begin(key, { partition, first: version, idHashes: [id], lastType: type });
    else this.#goOn(seat, where, { partition, version, id, type });
  }

  /** The last version told of a seat; 0 for none. */
  lastVersionOf(seatId: string): number {
    const seat = this.#seats.get(seatId);
    return seat === undefined ? 0 : seat.first + seat.idHashes.length - 1;
  }

  /** The seats whose first record was not their first event. */
  begunLate(): string[] {
    return [...this.#seats].flatMap(([seatId, { first }]) => (first === 1 ? [] : [seatId]));
  }

  counted(): { readonly events: number; readonly text: string } {
    let events = 0;
    for (const { idHashes } of this.#seats.values()) events += idHashes.length;
    const text = `${events} events in ${this.recordCount} records of ${this.#seats.size} seats on ${this.#partitions.size} partitions`;
    return { events, text };
  }

  #begin(seatId: string, seat: Seat): void {
    this.#seats.set(seatId, seat);
    if (seat.first === 1 && seat.lastType !== 'seat.held')
      this.#fault(`seat ${seatId} begins with ${seat.lastType}`);
  }

  #goOn(
    seat: Seat,
    where: string,
    event: {
      readonly partition: number;
      readonly version: number;
      readonly id: number;
      readonly type: string;
    },
  ): void {
    const { partition, version, id, type } = event;
    const last = seat.first + seat.idHashes.length - 1;
    if (partition !== seat.partition) this.#fault(`${where} is on another partition than ${seat.partition}`);
    if (version === last + 1) {
      if (!follows[type]?.includes(seat.lastType)) this.#fault(`${where} is ${type} after ${seat.lastType}`);
      seat.idHashes.push(id);
      seat.lastType = type;
    } else if (version > last) this.#fault(`${where} has version ${version} after ${last}`);
    // One from before the topic's beginning can only be a repeat.
    else if (version >= seat.first && seat.idHashes[version - seat.first] !== id)
      this.#fault(`${where} is a second event of version ${version}`);
  }

  #fault(fault: string): void {
    if (this.faults.length < mostFaults) this.faults.push(fault);
  }
}

/** Four bytes in place of an id of 36: of two different ids one in four thousand million passes for the other. */
const hashOf = (id: string) => createHash('sha1').update(id).digest().readInt32LE();
