import { randomBytes } from 'node:crypto';
import { Cluster } from 'ioredis';
import { within } from '../deadline.ts';
import type { RedisClient } from '../redis/client.ts';
import { turnChannel } from './lock-keys.ts';

/** Who wants to hear waits so long for it, and then looks by itself: a cluster's client has no bound of its own. */
const subscribedWithinMs = 800;
/** How long a channel without waiters stays subscribed: who waits again soon costs no command. */
const lingerMs = 30_000;

interface Channel {
  waiters: number;
  /** Resolves to whether the server has confirmed; undefined when it has not been asked. */
  subscription: Promise<boolean> | undefined;
  isHeard: boolean;
  /** By `performance.now()`: nobody has waited since. */
  idleSinceMs: number;
  /** Set when somebody stops waiting, and left to run out: to begin it anew each time would cost every hand-off. */
  linger: NodeJS.Timeout | undefined;
}

export interface TurnWaiter {
  /** The lock was granted with this fence, and waits to be claimed. */
  onTurn(fence: number): void;
  /** Turns may go unheard from now on. */
  onDeaf(): void;
}

export interface Expectation {
  /** How the waiter is named in a line: never the same twice, so that no old message can be taken for a new one. */
  readonly listener: string;
  forget(): void;
}

/**
 * Hears the turns of all waiters of one process, on one connection of its own (one a shard in a cluster, by
 * sharded pub/sub), opened when somebody first has to wait. One subscription a channel, however many wait.
 */
export class TurnListener {
  /** Names this process in the lines: letters and digits, `-` alone means nobody. */
  readonly #id = randomBytes(8).toString('hex');
  readonly #redis: RedisClient;
  readonly #channels = new Map<string, Channel>();
  readonly #waiters = new Map<number, TurnWaiter>();
  #waitersSoFar = 0;
  #connection: RedisClient | undefined;
  #isClosed = false;

  constructor(redis: RedisClient) {
    this.#redis = redis;
  }

  /** Tells the waiter of its turn at the lock, until `forget` is called. */
  expectTurn(lock: string, waiter: TurnWaiter): Expectation {
    const name = turnChannel(lock, this.#id);
    const channel = this.#channel(name);
    channel.waiters += 1;
    this.#waitersSoFar += 1;
    const number = this.#waitersSoFar;
    this.#waiters.set(number, waiter);
    const forget = () => {
      this.#waiters.delete(number);
      channel.waiters -= 1;
      if (channel.waiters > 0) return;
      channel.idleSinceMs = performance.now();
      channel.linger ??= setTimeout(() => this.#leaveIdle(name, channel), lingerMs).unref();
    };
    return { listener: `${this.#id}:${number}`, forget };
  }

  /** Whether messages to this process about the lock are received now, as far as is known. */
  hears(lock: string): boolean {
    return this.#channels.get(turnChannel(lock, this.#id))?.isHeard ?? false;
  }

  /** Makes the process hear of the lock; false when that failed, and the waiter must look by itself. */
  async listen(lock: string): Promise<boolean> {
    const name = turnChannel(lock, this.#id);
    const channel = this.#channel(name);
    channel.subscription ??= this.#subscribe(name, channel);
    return channel.subscription;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { linger } of this.#channels.values()) clearTimeout(linger);
    this.#channels.clear();
    this.#connection?.disconnect();
  }

  #channel(name: string): Channel {
    const known = this.#channels.get(name);
    if (known) return known;
    const channel = {
      waiters: 0,
      subscription: undefined,
      isHeard: false,
      idleSinceMs: 0,
      linger: undefined,
    };
    this.#channels.set(name, channel);
    return channel;
  }

  async #subscribe(name: string, channel: Channel): Promise<boolean> {
    if (this.#isClosed) return false;
    this.#connection ??= this.#connect();
    try {
      await within(subscribedWithinMs, this.#connection.ssubscribe(name));
      channel.isHeard = true;
      return true;
    } catch {
      // The waiter looks by itself instead; the next one tries to subscribe again.
      channel.subscription = undefined;
      return false;
    }
  }

  #leaveIdle(name: string, channel: Channel): void {
    channel.linger = undefined;
    if (channel.waiters > 0) return;
    const restMs = channel.idleSinceMs + lingerMs - performance.now();
    if (restMs > 0) channel.linger = setTimeout(() => this.#leaveIdle(name, channel), restMs).unref();
    else this.#leave(name);
  }

  #leave(name: string): void {
    this.#channels.delete(name);
    // A subscription that could not be ended ended with its connection.
    this.#connection?.sunsubscribe(name).catch(() => undefined);
  }

  #connect(): RedisClient {
    const connection =
      this.#redis instanceof Cluster
        ? this.#redis.duplicate([], { shardedSubscribers: true, lazyConnect: false })
        : this.#redis.duplicate({ autoResubscribe: false, lazyConnect: false });
    // Without a listener ioredis prints every failed reconnection.
    connection.on('error', () => undefined);
    // Without a listener to the event in text, ioredis converts nothing.
    connection.on('smessageBuffer', (_channel: Buffer, turn: Buffer) => this.#tell(turn.toString('latin1')));
    for (const event of ['close', '-subscriber', '-node']) connection.on(event, () => this.#goDeaf());
    for (const event of ['ready', 'subscribersReady']) connection.on(event, () => this.#hearAgain());
    return connection;
  }

  #tell(turn: string): void {
    const space = turn.indexOf(' ');
    const [number, fence] = [Number(turn.slice(0, space)), Number(turn.slice(space + 1))];
    this.#waiters.get(number)?.onTurn(fence);
  }

  #goDeaf(): void {
    for (const channel of this.#channels.values()) {
      channel.isHeard = false;
      channel.subscription = undefined;
    }
    for (const waiter of this.#waiters.values()) waiter.onDeaf();
  }

  #hearAgain(): void {
    for (const [name, channel] of this.#channels) {
      if (channel.waiters > 0) channel.subscription ??= this.#subscribe(name, channel);
    }
  }
}
