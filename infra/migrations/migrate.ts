import { Kysely, PostgresDialect } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import pg from 'pg';
import * as events from './2026_11_23_events.ts';
import * as money from './2026_11_23_money_and_reservations.ts';
import * as seats from './2026_11_23_performances_and_seats.ts';
import * as freeSeats from './2026_11_25_free_seats.ts';
import * as ledgerRules from './2026_11_25_ledger_rules.ts';
import * as relay from './2026_11_25_relay_leases.ts';
import * as requests from './2026_11_25_reservation_requests.ts';
import * as draws from './2026_11_26_draws.ts';

/** In the order in which they were made; a name is never changed once it has run anywhere. */
const migrations: Record<string, Migration> = {
  '2026_11_23_1_performances_and_seats': seats,
  '2026_11_23_2_money_and_reservations': money,
  '2026_11_23_3_events': events,
  '2026_11_25_free_seats': freeSeats,
  '2026_11_25_ledger_rules': ledgerRules,
  '2026_11_25_relay_leases': relay,
  '2026_11_25_reservation_requests': requests,
  '2026_11_26_draws': draws,
};

/**
 * Brings the database to the newest schema; two at once wait for each other (Kysely takes an advisory lock).
 *
 * @returns the names of the migrations that ran now
 * @throws what the failed migration threw; it was rolled back whole
 */
export async function migrate<T>(db: Kysely<T>): Promise<string[]> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } });
  const { error, results } = await migrator.migrateToLatest();
  if (error) throw error;
  return (results ?? []).map(({ migrationName }) => migrationName);
}

/** The same, with a connection of its own. */
export async function migrateToLatest(databaseUrl: string): Promise<string[]> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1, connectionTimeoutMillis: 5_000 });
  const db = new Kysely({ dialect: new PostgresDialect({ pool }) });
  try {
    return await migrate(db);
  } finally {
    await db.destroy();
  }
}
