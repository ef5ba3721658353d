import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { testSeed } from '../../../lib/testing/seed.ts';
import { testRedis, testServices } from '../../../test/services.ts';
import { catalogue } from './catalogue.ts';
import { type CrashWorld, openCrashWorlds } from './crash-world.ts';
import { anomalyLines, matrixTable } from './report.ts';
import type { Crash } from './run-crash.ts';
import { runCrashMatrix } from './run-matrix.ts';

/** Of each operation. CRASH_POINTS=1000 tries all, as `npm run torture -- crash` does. */
const points = Number(process.env['CRASH_POINTS'] ?? 2);
/** More than any operation has of those at which the broken ones are caught. */
const lastingPoints = 30;
const worldCount = 6;
const matrixWithinMs = 240_000;

const stack = new AsyncDisposableStack();
let worlds: readonly CrashWorld[];
beforeAll(async () => {
  const { databaseUrl, kafkaBrokers } = await testServices();
  const { redisUrl, drop } = await testRedis();
  stack.defer(drop);
  worlds = await openCrashWorlds(worldCount, { databaseUrl, redisUrl, kafkaBrokers }, stack);
}, 120_000);
afterAll(() => stack.disposeAsync());

const namesOf = (crashes: readonly Crash[]) => new Set(crashes.map(({ operation }) => operation));

describe('a process that is killed at an awaited step', () => {
  test(
    'has its effect once when whoever heard nothing repeats it',
    async () => {
      const seed = testSeed('crash matrix');
      const options = { operations: catalogue, seed, points, sabotage: false };
      const result = await runCrashMatrix(worlds, options);
      console.info(matrixTable(result.crashes).join('\n'));
      expect(anomalyLines(result)).toEqual([]);
      const killed = result.crashes.filter(({ crashed }) => crashed);
      expect(namesOf(killed)).toEqual(new Set(catalogue.map(({ name }) => name)));
    },
    matrixWithinMs,
  );

  test(
    'the control: every operation that is broken between two of its steps is found, and only by killing it',
    async () => {
      const seed = testSeed('crash matrix, broken on purpose');
      const options = { operations: catalogue, seed, points: lastingPoints, sabotage: true };
      const { crashes } = await runCrashMatrix(worlds, options);
      console.info(matrixTable(crashes).join('\n'));
      const all = new Set(catalogue.map(({ name }) => name));
      const isFound = ({ anomalies }: Crash) => anomalies.length > 0;
      expect(namesOf(crashes.filter((crash) => crash.crashed && isFound(crash)))).toEqual(all);
      expect(namesOf(crashes.filter((crash) => !crash.crashed && !isFound(crash)))).toEqual(all);
    },
    matrixWithinMs,
  );
});
