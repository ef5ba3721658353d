import { readFileSync } from 'node:fs';
import { inTransaction } from '../db/transaction.ts';
import { answerIsDueMs } from '../deadline.ts';
import { DependencyError, Problem } from '../errors.ts';
import type { PerformanceId } from '../ids.ts';
import { defineScript } from '../redis/script.ts';
import type { LineServices } from './open-line.ts';
import { roomKeys, roomScript } from './room-script.ts';

const source = readFileSync(new URL('./change-room.lua', import.meta.url), 'utf8');

const change = defineScript(roomScript(source), (reply) => reply === 1);

/** Redis at its slowest, connecting included, and the COMMIT. */
const changeWithinMs = 1_900;

/** What may change of a waiting room while people wait in it. */
export interface RoomChange {
  readonly capacity?: number | undefined;
  readonly admitPerSecond?: number | undefined;
  readonly paused?: boolean | undefined;
}

/** All the settings of a waiting room. */
export interface RoomSettings {
  readonly capacity: number;
  readonly admitPerSecond: number;
  readonly admissionSeconds: number;
  readonly heartbeatSeconds: number;
  readonly draw: boolean;
  readonly paused: boolean;
}

/**
 * Changes the settings of a waiting room, from the next admission on. Nobody loses a place or an admission: below
 * a lowered capacity people are admitted again when enough have gone. A line that is lost begins again with them.
 *
 * Timeline: change the row and lock it → change the room → COMMIT. So of two at once the row and the room end with the
 * same, an opener finds either neither or both changed, and without Redis nothing is changed. The room is left alone,
 * too, when the row was waited for so long that the COMMIT could come too late. Should the COMMIT fail all the same the
 * room is ahead of the row; the same change again puts that right.
 *
 * One transaction (UPDATE) and one `EVALSHA`.
 *
 * @param changes one setting at least
 * @throws Problem not-found
 * @throws DependencyError Redis or Postgres is out of reach
 */
export async function changeRoom(
  { db, redis }: LineServices,
  performanceId: PerformanceId,
  changes: RoomChange,
): Promise<RoomSettings> {
  const { capacity, admitPerSecond, paused } = changes;
  return inTransaction(db, {}, async (tx) => {
    const row = await tx
      .updateTable('performances')
      .where('performance_id', '=', performanceId)
      .set({ capacity, admit_per_second: admitPerSecond, paused })
      .returning(['capacity', 'admit_per_second', 'admission_seconds', 'heartbeat_seconds', 'draw', 'paused'])
      .executeTakeFirst();
    if (!row) throw new Problem('not-found', 'There is no such performance.');
    if (answerIsDueMs() - performance.now() < changeWithinMs)
      throw new DependencyError('postgres', new Error('the row was waited for too long'));
    const settings = [row.capacity, row.admit_per_second, row.paused ? 1 : 0];
    // Without a room there is nothing to change: whoever opens it reads the row.
    await change(redis, roomKeys(performanceId), settings);
    return {
      capacity: row.capacity,
      admitPerSecond: row.admit_per_second,
      admissionSeconds: row.admission_seconds,
      heartbeatSeconds: row.heartbeat_seconds,
      draw: row.draw,
      paused: row.paused,
    };
  });
}
