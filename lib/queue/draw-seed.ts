import { callDatabase } from '../db/call-database.ts';
import type { Db } from '../db/client.ts';
import type { PerformanceId } from '../ids.ts';

/** Beyond this many the one kept longest is dropped. */
const maxKept = 100;

/** A seed never changes. It is kept in the process and nowhere else, for it is secret until the sale opens. */
const seeds = new WeakMap<Db, Map<PerformanceId, Buffer>>();

/** The seed of the performance's draw, when this process has read it already. */
export const keptDrawSeed = (db: Db, performanceId: PerformanceId): Buffer | undefined =>
  seeds.get(db)?.get(performanceId);

/**
 * The seed of the performance's draw: 32 bytes; undefined without a draw or a performance. One SELECT the first time.
 *
 * @throws DependencyError Postgres is out of reach
 */
export async function findDrawSeed(db: Db, performanceId: PerformanceId): Promise<Buffer | undefined> {
  const known = keptDrawSeed(db, performanceId);
  if (known) return known;
  const row = await callDatabase(() =>
    db
      .selectFrom('performances')
      .select('draw_seed')
      .where('performance_id', '=', performanceId)
      .executeTakeFirst(),
  );
  if (!row?.draw_seed) return undefined;
  const seed = Buffer.from(row.draw_seed, 'hex');
  const kept = seeds.get(db) ?? new Map<PerformanceId, Buffer>();
  seeds.set(db, kept);
  kept.set(performanceId, seed);
  const oldest = kept.size > maxKept ? kept.keys().next().value : undefined;
  if (oldest !== undefined) kept.delete(oldest);
  return seed;
}
