import type pg from 'pg';

/**
 * The tables of the races: as few constraints as can be, so that what protects a race is the protection under
 * trial. Unique keys hold for `guarded` rows alone, which the conditional statements write.
 */
const tables = `
  CREATE SCHEMA lab;
  CREATE TABLE lab.rounds (id text PRIMARY KEY, last_ticket integer NOT NULL DEFAULT 0);
  CREATE TABLE lab.wallets (id text PRIMARY KEY, balance integer NOT NULL);
  CREATE TABLE lab.seats (id text PRIMARY KEY, holder text, held_until timestamptz, version integer NOT NULL DEFAULT 0);
  CREATE TABLE lab.entries (id text NOT NULL, user_id text NOT NULL, ticket integer NOT NULL, guarded boolean NOT NULL DEFAULT false);
  CREATE INDEX ON lab.entries (id);
  CREATE UNIQUE INDEX ON lab.entries (id, user_id) WHERE guarded;
  CREATE TABLE lab.operations (id text NOT NULL, key text NOT NULL, guarded boolean NOT NULL DEFAULT false);
  CREATE INDEX ON lab.operations (id);
  CREATE UNIQUE INDEX ON lab.operations (id, key) WHERE guarded`;

export async function createTables(pool: pg.Pool): Promise<void> {
  await pool.query(tables);
}
