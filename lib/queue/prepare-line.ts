import { readFileSync } from 'node:fs';
import type { PerformanceId } from '../ids.ts';
import type { RedisClient } from '../redis/client.ts';
import { defineScript } from '../redis/script.ts';
import { roomKeys, roomScript } from './room-script.ts';

const source = readFileSync(new URL('./prepare-line.lua', import.meta.url), 'utf8');

/** The settings of a waiting room and where its line begins. */
export interface LinePlan {
  /** That of the last line which Postgres knows; 0 when there was none. */
  readonly committedEpoch: number;
  /** The first ticket is the next one. */
  readonly ticketBase: number;
  readonly capacity: number;
  readonly admitPerSecond: number;
  readonly admissionMs: number;
  readonly heartbeatMs: number;
  readonly opensAtMs: number;
  readonly paused: boolean;
  /** Without admission from now on, so that people can return to a line that was lost. */
  readonly returnMs: number;
  readonly expireAtMs: number;
  readonly draw: boolean;
  /** The first ticket of those who come back too late for the draw is the next one. */
  readonly returnBase: number;
}

/** `open`: it was; `committed`: somebody prepared it and its epoch is the committed one; `prepared`: by this call. */
export type LineState = 'open' | 'committed' | 'prepared';

const prepare = defineScript(roomScript(source), (reply): LineState => {
  const word: unknown = Array.isArray(reply) ? reply[0] : reply;
  if (word === 'open' || word === 'committed' || word === 'prepared') return word;
  throw new TypeError(`no state of a line: ${String(word)}`);
});

/** Writes the room unless it is there, still closed. One `EVALSHA`. */
export function prepareLine(
  redis: RedisClient,
  performanceId: PerformanceId,
  plan: LinePlan,
): Promise<LineState> {
  return prepare(redis, roomKeys(performanceId), [
    plan.committedEpoch,
    plan.ticketBase,
    plan.capacity,
    plan.admitPerSecond,
    plan.admissionMs,
    plan.heartbeatMs,
    plan.opensAtMs,
    plan.paused ? 1 : 0,
    plan.returnMs,
    plan.expireAtMs,
    plan.draw ? 1 : 0,
    plan.returnBase,
  ]);
}
