import { mutantsOf, type SourceMutant } from './source-mutant.ts';

/** Who is told of its turn needs nothing else. */
const onlyListens = [
  'await this.#wake.wait(Math.min(answer, remainingMs));',
  `while (this.#grantedFence === undefined && performance.now() < deadlineMs)
        await this.#wake.wait(deadlineMs - performance.now());`,
] as const;

export const lineMutants: readonly SourceMutant[] = [
  ...mutantsOf('the release falls between the try and the subscription: the next try finds the lock free', [
    'subscribes after its last try',
    'pubsub',
    'turn-wait.ts',
    `if (!this.#listener.hears(this.#lock)) await this.#listener.listen(this.#lock);
    return this.#askAs(this.#hearing());`,
    `const turn = await this.#askAs(this.#expectation.listener);
    await this.#listener.listen(this.#lock);
    return turn;`,
  ]),
  ...mutantsOf(
    'many wait in one process: one subscription serves them, and each message wakes one',
    [
      'subscribes for each waiter',
      'pubsub',
      'turn-listener.ts',
      'channel.subscription ??= this.#subscribe(name, channel);\n    return',
      'channel.subscription = this.#subscribe(name, channel);\n    return',
    ],
    [
      'wakes everybody in the process',
      'pubsub',
      'turn-listener.ts',
      'this.#waiters.get(number)?.onTurn(fence);',
      'for (const waiter of this.#waiters.values()) waiter.onTurn(fence);',
    ],
  ),
  ...mutantsOf('the first in line is gone, and so is the holder: the next tells those who wait', [
    'waits behind one that is gone',
    'pubsub',
    'turn-wait.ts',
    'if (answer.isVacant) await this.#requests.pass();',
    '',
  ]),
  ...mutantsOf('the connection for listening is lost again and again: the waiter looks by itself', [
    'waits for a message that it cannot hear',
    'pubsub',
    'turn-wait.ts',
    ...onlyListens,
  ]),
  ...mutantsOf(
    'the connection for listening is lost once: those who wait hear again, and keep their places',
    [
      'does not notice that its connection is lost',
      'pubsub',
      'turn-listener.ts',
      'connection.on(event, () => this.#goDeaf());',
      'connection.on(event, () => undefined);',
    ],
    [
      'does not subscribe again',
      'pubsub',
      'turn-listener.ts',
      'connection.on(event, () => this.#hearAgain());',
      'connection.on(event, () => undefined);',
    ],
  ),
  ...mutantsOf('Redis restarts, and its data is lost: the waiter stands in line again, and is served', [
    'gives up at the first request that fails',
    'pubsub',
    'patience.ts',
    'if (isOver) throw',
    'throw',
  ]),
  ...mutantsOf(
    'the process is held up between the message and its work: the grant is claimed anew, not relied on',
    [
      'relies on every message',
      'pubsub',
      'turn-wait.ts',
      'fence === undefined || !isCertain || !isAlone || isBusy',
      'fence === undefined',
    ],
  ),
  ...mutantsOf('a turn that was told is claimed: the lease lasts as long as was asked for', [
    'does not claim its turn',
    'pubsub',
    'held-lease.ts',
    'if (taken.claimUntilMs !== undefined) setImmediate(() => this.#claimLater(terms.leaseMs));',
    '',
  ]),
  ...mutantsOf('a holder that is stopped before it has claimed its turn learns it when it wakes', [
    'takes a grant for a lease',
    'pubsub',
    'held-lease.ts',
    'taken.claimUntilMs ?? this.#endsAtMs',
    'this.#endsAtMs',
  ]),
  ...mutantsOf('a claim that comes late, and in time for Redis, keeps the lease', [
    'does not ask Redis once it is uncertain itself',
    'pubsub',
    'held-lease.ts',
    'await this.#prolong(leaseMs);\n    } catch',
    'await this.extend(leaseMs);\n    } catch',
  ]),
  ...mutantsOf('whoever was told of a loss is not told later that nothing was lost', [
    'tells that nothing remains, and does not note it',
    'pubsub',
    'held-lease.ts',
    'this.#lose(new LockLostError(this.resources));\n    return 0;',
    'return 0;',
  ]),
  ...mutantsOf('who want the same two locks, named in opposite orders, do not wait for one another', [
    'takes several locks in the order in which they are named',
    'pubsub',
    'lock-keys.ts',
    '[...new Set(resources)].toSorted()',
    '[...new Set(resources)]',
  ]),
  ...mutantsOf('the keys of a lock, and those of locks that are taken together, lie on one server', [
    'keeps its fences outside the hash tag',
    'simple',
    'lock-keys.ts',
    'hashTag(resource)}:fence',
    "''}:fence",
  ]),
  ...mutantsOf('the next in line is told at once, on every server', [
    'listens elsewhere than is published',
    'pubsub',
    'turn-listener.ts',
    'this.#connection.ssubscribe(name)',
    'this.#connection.subscribe(name)',
  ]),
  ...mutantsOf('a holder that is stopped past its lease loses it, learns it when woken, and frees nothing', [
    'trusts its timers when it was stopped',
    'spin',
    'held-lease.ts',
    'if (this.#certainUntilMs <= performance.now()) this.#lose(new LockLostError(this.resources));',
    '',
  ]),
  ...mutantsOf('a holder that is killed costs the others what is left of its lease', [
    'waits for the message of a holder that is dead',
    'pubsub',
    'turn-wait.ts',
    ...onlyListens,
  ]),
];
