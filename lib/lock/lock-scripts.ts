import { readFileSync } from 'node:fs';
import { definePreparedScript, defineScript } from '../redis/script.ts';
import { LockContendedError, LockLostError } from './errors.ts';

const numbers = (reply: unknown): readonly number[] => {
  if (Array.isArray(reply) && reply.every(Number.isSafeInteger)) return reply;
  throw new TypeError(`not a reply of a lock: ${JSON.stringify(reply)}`);
};

const count = (reply: unknown): number => numbers([reply])[0] ?? 0;

/** What {@link take-locks.lua} answers. */
export interface LocksTaken {
  /** 0 when nothing was taken. */
  readonly fence: number;
  /** Positions, from 1, of the locks that another token holds. */
  readonly taken: readonly number[];
}

const drawFence = readFileSync(new URL('./fence.lua', import.meta.url), 'utf8');

export const takeSource = drawFence + readFileSync(new URL('./take-locks.lua', import.meta.url), 'utf8');

export function decodeTaken(reply: unknown): LocksTaken {
  const [fence = 0, ...taken] = numbers(reply);
  return { fence, taken };
}

/** {@link give-back-locks.lua}: how many were freed. */
export const giveBackLocks = definePreparedScript(
  readFileSync(new URL('./give-back-locks.lua', import.meta.url), 'utf8'),
  count,
);

/** {@link extend-locks.lua}: the positions of those that are lost. */
export const extendLocks = defineScript(
  readFileSync(new URL('./extend-locks.lua', import.meta.url), 'utf8'),
  numbers,
);

/** {@link pass-turn.lua}: how many were freed. */
export const passTurn = definePreparedScript(
  drawFence + readFileSync(new URL('./pass-turn.lua', import.meta.url), 'utf8'),
  count,
);

/** {@link extend-turn.lua}: the positions of those that are lost. */
export const extendTurn = defineScript(
  readFileSync(new URL('./extend-turn.lua', import.meta.url), 'utf8'),
  numbers,
);

/** What {@link take-turn.lua} answers. */
export type Turn =
  | { readonly status: 'held'; readonly fence: number }
  | { readonly status: 'taken'; readonly taken: readonly number[] }
  | {
      readonly status: 'waiting';
      /** Until the holder's lease ends; undefined when it was not looked up, or never. */
      readonly endsInMs: number | undefined;
      /** The place had been lost and was given again, unheard. */
      readonly isBack: boolean;
      /** Nobody holds the lock, and the first in line must be told. */
      readonly isVacant: boolean;
    };

export const takeTurn = defineScript(
  drawFence + readFileSync(new URL('./take-turn.lua', import.meta.url), 'utf8'),
  (reply): Turn => {
    if (typeof reply === 'number') return { status: 'held', fence: count(reply) };
    if (!Array.isArray(reply)) throw new TypeError(`not a reply of a lock: ${JSON.stringify(reply)}`);
    const [status, ...values] = reply;
    if (status === 'taken') return { status, taken: numbers(values) };
    if (status !== 'waiting') throw new TypeError(`not a reply of a lock: ${JSON.stringify(reply)}`);
    const [first = 0, isBack, isVacant] = numbers(values);
    const endsInMs = first < 0 ? undefined : first;
    return { status, endsInMs, isBack: isBack === 1, isVacant: isVacant === 1 };
  },
);

const named = (resources: readonly string[], positions: readonly number[]) =>
  resources.filter((_, index) => positions.includes(index + 1));

/** The resources at positions that a script counted from 1. */
export const contended = (resources: readonly string[], positions: readonly number[]) =>
  new LockContendedError(named(resources, positions));

export const lost = (resources: readonly string[], positions: readonly number[]) =>
  new LockLostError(named(resources, positions));
