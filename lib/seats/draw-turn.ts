import { readFileSync } from 'node:fs';
import type { PerformanceId } from '../ids.ts';
import type { RedisClient } from '../redis/client.ts';
import { bestTurns } from '../redis/keys.ts';
import { defineScript } from '../redis/script.ts';

const source = readFileSync(new URL('./draw-turn.lua', import.meta.url), 'utf8');

const draw = defineScript(source, Number);

/** About as long as it takes from the lock on a seat until its hold is committed, and others read it as taken. */
const momentMs = 250;

/**
 * A number, from 1, that nobody else gets who asks for the best seats at this moment. One `EVALSHA`.
 *
 * @throws DependencyError Redis is out of reach
 */
export function drawTurn(redis: RedisClient, performanceId: PerformanceId): Promise<number> {
  return draw(redis, [bestTurns(performanceId)], [momentMs]);
}
