import { readFileSync } from 'node:fs';
import type { PerformanceId } from '../ids.ts';
import type { RedisClient } from '../redis/client.ts';
import { queueKeys } from '../redis/keys.ts';
import { defineScript } from '../redis/script.ts';

const opening = readFileSync(new URL('./opening.lua', import.meta.url), 'utf8');
const tickets = readFileSync(new URL('./tickets.lua', import.meta.url), 'utf8');
const admission = readFileSync(new URL('./admission.lua', import.meta.url), 'utf8');

/** The room is not in Redis: its line was never opened, or is lost. */
export const noRoom = Symbol('no room');

/** One command of the waiting room of one performance. */
export type RoomCommand<Reply> = (
  redis: RedisClient,
  performanceId: PerformanceId,
  args: readonly (string | number)[],
) => Promise<Reply | typeof noRoom>;

/**
 * Makes a command of the waiting room. Its script is the opening, the tickets and the admission, which all commands
 * share, and its own text after them: one `EVALSHA`, so that what is due, the command and the admissions that follow
 * from both happen at one moment of one clock.
 *
 * @param command the Lua text that follows the shared part
 * @param decode gets the reply's first element, a word, and the numbers after it
 */
export function defineRoomCommand<Reply>(
  command: string,
  decode: (word: string, numbers: readonly number[]) => Reply,
): RoomCommand<Reply> {
  const script = defineScript(opening + tickets + admission + command, (reply) => {
    const [word, numbers] = parseReply(reply);
    return word === 'no-room' ? noRoom : decode(word, numbers);
  });
  return (redis, performanceId, args) => script(redis, roomKeys(performanceId), args);
}

/** The keys of a room in the order in which `opening.lua` and `prepare-line.lua` name them. */
export function roomKeys(performanceId: PerformanceId): readonly string[] {
  const keys = queueKeys(performanceId);
  return [
    ...[keys.line, keys.heartbeats, keys.admitted, keys.admittedTickets],
    ...[keys.returned, keys.room, keys.lots],
  ];
}

function parseReply(reply: unknown): [string, number[]] {
  if (!Array.isArray(reply)) throw new TypeError(`a waiting room answers with a list, not ${typeof reply}`);
  const [word, ...numbers]: unknown[] = reply;
  if (typeof word !== 'string') throw new TypeError('a waiting room answers with a word first');
  return [word, numbers.map(parseInteger)];
}

function parseInteger(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) {
    throw new TypeError(`a waiting room answers with whole numbers, not ${String(value)}`);
  }
  return value;
}

/** Takes exactly `count` numbers, so that a script and its wrapper cannot drift apart unseen. */
export function expectNumbers(numbers: readonly number[], count: number): readonly number[] {
  if (numbers.length !== count) throw new TypeError(`expected ${count} numbers, got ${numbers.length}`);
  return numbers;
}
