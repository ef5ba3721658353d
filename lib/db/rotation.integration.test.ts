import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { eventually } from '../../test/contract/eventually.ts';
import { DependencyError } from '../errors.ts';
import { failureOf, race, times } from '../testing/race.ts';
import { useScene } from '../testing/scene.ts';
import { callDatabase } from './call-database.ts';
import { createDatabase, type Db } from './client.ts';

const scene = useScene();
const role = `rotating_${randomBytes(4).toString('hex')}`;
let stored: { username: string; password: string };
let reads = 0;

/** As `createSecret`: kept until it is forgotten. */
function storedSecret() {
  let kept: typeof stored | undefined;
  return {
    read: async () => {
      if (kept === undefined) reads += 1;
      kept ??= { ...stored };
      return kept;
    },
    forget: () => {
      kept = undefined;
    },
  };
}

async function changePassword(password: string): Promise<void> {
  await sql`ALTER ROLE ${sql.ref(role)} PASSWORD ${sql.lit(password)}`.execute(scene.db);
}

/** Ends the role's connections, so that the next ones have to show the password. */
const endConnections = () =>
  sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = ${role}`.execute(scene.db);

async function countConnections(): Promise<number> {
  const { rows } = await sql<{ open: number }>`
    SELECT count(*) AS open FROM pg_stat_activity WHERE usename = ${role}`.execute(scene.db);
  return rows[0]?.open ?? 0;
}

const openAsRole = (poolMax: number): Db => {
  const url = new URL(scene.databaseUrl);
  url.username = '';
  url.password = '';
  return createDatabase({ url: url.href, poolMax, credentials: storedSecret() });
};

const whoAmI = async (db: Db) => {
  const { rows } = await callDatabase(() => sql<{ name: string }>`SELECT current_user AS name`.execute(db));
  return rows[0]?.name;
};

beforeEach(async () => {
  stored = { username: role, password: 'first' };
  await sql`CREATE ROLE ${sql.ref(role)} LOGIN PASSWORD 'first'`.execute(scene.db);
});
afterEach(async () => {
  await endConnections();
  await sql`DROP ROLE ${sql.ref(role)}`.execute(scene.db);
});

describe('a password that is rotated', () => {
  test('is read again when it is refused, once, and the query goes on', async () => {
    const db = openAsRole(2);
    try {
      reads = 0;
      expect(await whoAmI(db)).toBe(role);
      await changePassword('second');
      stored = { username: role, password: 'second' };
      await endConnections();
      // The pool hears of the end of its connections a moment later.
      await eventually('the role is back', 5_000, () => whoAmI(db));
      expect(reads).toBe(2);
    } finally {
      await db.destroy();
    }
  });

  test('may have any characters', async () => {
    const password = ' p@ss:/?#%41&= ü';
    await changePassword(password);
    stored = { username: role, password };
    const db = openAsRole(1);
    try {
      expect(await whoAmI(db)).toBe(role);
    } finally {
      await db.destroy();
    }
  });

  test('is read again by many at once without leaving a pool behind', async () => {
    await changePassword('third');
    stored = { username: role, password: 'old' };
    const db = openAsRole(4);
    try {
      await expect(failureOf(whoAmI(db))).resolves.toBeInstanceOf(DependencyError);
      stored = { username: role, password: 'third' };
      const { results } = await race(times(8, () => whoAmI(db)));
      expect(results).toHaveLength(8);
      expect(await countConnections()).toBeLessThanOrEqual(4);
    } finally {
      await db.destroy();
    }
    await eventually('all connections are closed', 5_000, async () =>
      (await countConnections()) === 0 ? true : undefined,
    );
  });

  test('that stays refused is an outage, and is asked for once a try', async () => {
    await changePassword('fourth');
    stored = { username: role, password: 'wrong' };
    const db = openAsRole(2);
    try {
      reads = 0;
      await expect(failureOf(whoAmI(db))).resolves.toBeInstanceOf(DependencyError);
      expect(reads).toBe(2);
      stored = { username: role, password: 'fourth' };
      expect(await whoAmI(db)).toBe(role);
    } finally {
      await db.destroy();
    }
  });

  test('does not disturb a connection that is in use', async () => {
    await changePassword('fifth');
    stored = { username: role, password: 'fifth' };
    const db = openAsRole(2);
    try {
      await db.connection().execute(async (inUse) => {
        await sql`SELECT 1`.execute(inUse);
        await changePassword('sixth');
        stored = { username: role, password: 'sixth' };
        expect(await whoAmI(db)).toBe(role);
        await sql`SELECT 1`.execute(inUse);
      });
    } finally {
      await db.destroy();
    }
  });
});
