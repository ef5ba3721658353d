import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type TestProcess, testProcess } from '../../testing/child-process.ts';
import { factTrials, type Site, titleOf } from './lock-facts.ts';
import { takeOut } from './source-mutant.ts';
import { sourceMutants } from './source-mutants.ts';

const program = join(import.meta.dirname, 'try-facts.ts');
/** What relies on a grant that is over sets a timer in the past. */
const unwarned = '--disable-warning=TimeoutNegativeWarning';
const mutator = pathToFileURL(join(import.meta.dirname, 'mutate-source.ts')).href;

/**
 * Tries every fact of a site on the locks as they are, and on locks that lack what a fact asks for: there it must
 * fail. Both by one program, so that nothing else can make the difference.
 */
export function factTests(site: Site, url: () => string): void {
  const titles = factTrials[site].map(({ title }) => title);
  const mutants = sourceMutants.filter(({ kind, breaks }) => titles.includes(titleOf(kind, breaks)));

  describe('a lock knows that', () => {
    let sound: TestProcess;

    beforeAll(() => {
      sound = testProcess(program, site, url());
    });

    afterAll(() => sound.end());

    test.each(titles)('%s', async (title) => {
      expect(await sound.hears(`${title} →`)).toBe('holds');
    });
  });

  describe('a lock is found out that', () => {
    test.each(mutants)('$name ($kind)', async (mutant) => {
      const title = titleOf(mutant.kind, mutant.breaks);
      const mutation = `--import=${mutator}?${encodeURIComponent(mutant.name)}`;
      const broken = testProcess(unwarned, mutation, program, site, url(), title);
      try {
        // Any other failure would not be the fact's doing, and prove nothing.
        expect(await broken.hears(`${title} →`)).toMatch(/^(AssertionError|Lock\w+Error)\b/);
      } finally {
        await broken.end();
      }
    });

    test.each(mutants)('$name: what is taken out stands in $file once', (mutant) => {
      const source = readFileSync(join(import.meta.dirname, '..', mutant.file), 'utf8');
      expect(takeOut(mutant, source)).not.toBe(source);
    });
  });
}
