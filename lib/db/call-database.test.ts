import { describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { DependencyError } from '../errors.ts';
import { failureOf } from '../testing/race.ts';
import { callDatabase } from './call-database.ts';
import { createDatabase } from './client.ts';

describe('a database out of reach', () => {
  test('is one also when a name with several addresses is refused at all of them', async () => {
    // What Node makes of it: no message and no call, nothing but a code.
    const refused = Object.assign(new AggregateError([new Error('::1'), new Error('127.0.0.1')], ''), {
      code: 'ECONNREFUSED',
    });
    expect(await failureOf(callDatabase(() => Promise.reject(refused)))).toBeInstanceOf(DependencyError);
  });

  test.each(['localhost', '127.0.0.1', 'no-such-host.invalid'])('at %s', async (host) => {
    const db = createDatabase({ url: `postgres://nobody@${host}:1/none`, poolMax: 1 });
    try {
      const failure = await failureOf(callDatabase(() => sql`SELECT 1`.execute(db)));
      expect(failure).toBeInstanceOf(DependencyError);
    } finally {
      await db.destroy();
    }
  });
});

test('an error that says nothing of a connection passes as it is', async () => {
  const defect = Object.assign(new Error('no such column'), { code: '42703' });
  expect(await failureOf(callDatabase(() => Promise.reject(defect)))).toBe(defect);
});
