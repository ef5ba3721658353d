import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type PrivateRedis, privateRedis } from '../../infra/bench/private-redis.ts';
import { factTests } from './testing/fact-tests.ts';
import { factTrials, titleOf } from './testing/lock-facts.ts';
import { sourceMutants } from './testing/source-mutants.ts';

let server: PrivateRedis;

beforeAll(async () => {
  // A fact restarts it.
  server = await privateRedis({ 'enable-debug-command': 'local' });
}, 60_000);

afterAll(() => server.close());

factTests('server', () => server.url);

test('every fact has a mutant that breaks it, and every mutant a fact that is tried', () => {
  expect(new Set(sourceMutants.map(({ name }) => name)).size).toBe(sourceMutants.length);
  const trials = Object.values(factTrials).flat();
  const titles = trials.map(({ title }) => title);
  const broken = sourceMutants.map(({ kind, breaks }) => titleOf(kind, breaks));
  expect(broken.filter((title) => !titles.includes(title))).toEqual([]);
  const names = new Set(trials.map(({ name }) => name));
  expect(names).toEqual(new Set(sourceMutants.map(({ breaks }) => breaks)));
});
