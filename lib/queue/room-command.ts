import { readFileSync } from 'node:fs';
import type { PerformanceId } from '../ids.ts';
import type { RedisClient } from '../redis/client.ts';
import { defineBytesScript } from '../redis/script.ts';
import { graceAfterOutage } from './grant-grace.ts';
import { bytesEach } from './room-numbers.ts';
import { roomKeys, roomScript } from './room-script.ts';

const opening = readFileSync(new URL('./opening.lua', import.meta.url), 'utf8');
const tickets = readFileSync(new URL('./tickets.lua', import.meta.url), 'utf8');
const admission = readFileSync(new URL('./admission.lua', import.meta.url), 'utf8');
const done = readFileSync(new URL('./done.lua', import.meta.url), 'utf8');

/** The room is not in Redis: its line was never opened, or is lost. */
export const noRoom = Symbol('no room');

/** One command of the waiting room of one performance. */
export type RoomCommand<Reply> = (
  redis: RedisClient,
  performanceId: PerformanceId,
  args: readonly (string | number)[],
) => Promise<Reply | typeof noRoom>;

/** The Lua texts of a command beside those that all commands share. */
export interface RoomCommandSource {
  /** What the command does before people are admitted; nothing unless told. */
  readonly before?: string;
  /** What it looks at and answers after that; nothing unless told. */
  readonly after?: string;
}

/**
 * Makes a command of the waiting room. Its script is made of texts that follow each other: the room, the opening, what
 * comes before the admission, the admission, what comes after it. It is one `EVALSHA`, so that what is due, the command
 * and the admissions that follow from both happen at one moment of one clock.
 *
 * The reply is one string, by `struct.pack`: a word, a zero, and numbers as doubles with the little end first. As a list it
 * would take a fifth of a poll in Redis, and as much here, to make and read it element by element.
 *
 * The first command to a room after Redis was out of reach is preceded by another `EVALSHA`: see `graceAfterOutage`.
 *
 * @param decode gets the reply's word, and the numbers after it
 */
export function defineRoomCommand<Reply>(
  { before = '', after = done }: RoomCommandSource,
  decode: (word: string, numbers: readonly number[]) => Reply,
): RoomCommand<Reply> {
  const source = roomScript(opening + tickets + before + admission + after);
  const script = defineBytesScript(source, (reply) => {
    const wordEnd = reply.indexOf(0);
    const word = reply.toString('latin1', 0, wordEnd);
    return word === 'no-room' ? noRoom : decode(word, readNumbers(reply, wordEnd + 1));
  });
  return (redis, performanceId, args) => {
    const run = () => script(redis, roomKeys(performanceId), args);
    return graceAfterOutage(redis, performanceId)?.then(run) ?? run();
  };
}

/** The doubles from there on. */
function readNumbers(reply: Buffer, from: number): number[] {
  const numbers: number[] = [];
  for (let at = from; at < reply.length; at += bytesEach) numbers.push(reply.readDoubleLE(at));
  return numbers;
}

/** Takes exactly `count` numbers, so that a script and its wrapper cannot drift apart unseen. */
export function expectNumbers(numbers: readonly number[], count: number): readonly number[] {
  if (numbers.length !== count) throw new TypeError(`expected ${count} numbers, got ${numbers.length}`);
  return numbers;
}
