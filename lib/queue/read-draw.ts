import { readFileSync } from 'node:fs';
import { Problem } from '../errors.ts';
import type { PerformanceId, UserId } from '../ids.ts';
import { type AscendingPageRequest, type Page, toPage } from '../page.ts';
import { defineScript } from '../redis/script.ts';
import { drawDigest } from './draw-lot.ts';
import { findDrawSeed } from './draw-seed.ts';
import { type LineServices, onOpenLine } from './open-line.ts';
import { noRoom } from './room-command.ts';
import { roomKeys, roomScript } from './room-script.ts';

const source = readFileSync(new URL('./read-draw.lua', import.meta.url), 'utf8');

/** What everybody may know of one who was drawn: without the user id nobody can tell who it is. */
export interface DrawnPlace {
  /** HMAC-SHA-256 of the user id, in lower-case hex. */
  readonly digest: string;
  readonly ticket: number;
}

const read = defineScript(roomScript(source), (reply): UserId[] | typeof noRoom | undefined => {
  if (!Array.isArray(reply)) throw new TypeError(`a draw is a list, not ${typeof reply}`);
  const [word, ...users]: unknown[] = reply;
  if (word === 'no-room') return noRoom;
  if (word === 'undrawn') return undefined;
  if (word !== 'drawn') throw new TypeError(`no state of a draw: ${String(word)}`);
  // The members of the key are user ids.
  return users.map((user) => String(user) as UserId);
});

/**
 * A page of the draw by ticket, from the opening on: from then on nothing about it changes, leaving included. It is
 * lost with the line. One `EVALSHA`, and one SELECT the first time; when the line has to be opened first, see
 * `openLine`.
 *
 * @throws Problem not-found: no such performance, no draw, or none yet
 * @throws DependencyError Redis is out of reach, or Postgres when it is needed
 */
export async function readDraw(
  services: LineServices,
  performanceId: PerformanceId,
  page: AscendingPageRequest,
): Promise<Page<DrawnPlace>> {
  const users = await onOpenLine(services, performanceId, () =>
    read(services.redis, roomKeys(performanceId), [page.after, page.limit + 1]),
  );
  const seed = users && (await findDrawSeed(services.db, performanceId));
  if (!users || !seed) throw new Problem('not-found', 'Nothing was drawn for this performance');
  const rows = users.map((userId, index) => ({ userId, ticket: page.after + index + 1 }));
  return toPage(
    rows,
    page,
    ({ ticket }) => ticket,
    ({ userId, ticket }) => ({ digest: drawDigest(seed, userId).toString('hex'), ticket }),
  );
}
