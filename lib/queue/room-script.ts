import { readFileSync } from 'node:fs';
import type { PerformanceId } from '../ids.ts';
import { queueKeys } from '../redis/keys.ts';

const names = readFileSync(new URL('./room.lua', import.meta.url), 'utf8');
const closing = readFileSync(new URL('./closing.lua', import.meta.url), 'utf8');

/** A script about a room, which finds its keys and numbers named, and ends with its reply. */
export const roomScript = (source: string) => names + source + closing;

/** The keys of a room in the order in which `room.lua` names them. */
export function roomKeys(performanceId: PerformanceId): readonly string[] {
  const { line, heartbeats, admitted, admittedTickets, returned, room, lots } = queueKeys(performanceId);
  return [line, heartbeats, admitted, admittedTickets, returned, room, lots];
}
