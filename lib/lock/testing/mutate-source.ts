import { readFileSync } from 'node:fs';
import { enableCompileCache, registerHooks } from 'node:module';
import { takeOut } from './source-mutant.ts';
import { sourceMutants } from './source-mutants.ts';

/**
 * Loaded before a program, with `--import <this file>?<name of a mutant>`: the program then runs on locks that lack
 * what the mutant takes out, and so does every process that it starts.
 */
const name = decodeURIComponent(new URL(import.meta.url).search.slice(1));
const mutant = sourceMutants.find((each) => each.name === name);
if (mutant === undefined) throw new Error(`no mutant "${name}"`);
const broken = new URL(`../${mutant.file}`, import.meta.url);

// Each mutant has a process of its own, and loads what all have in common.
enableCompileCache();
registerHooks({
  load: (url, context, nextLoad) =>
    url === broken.href
      ? {
          format: 'module-typescript',
          source: takeOut(mutant, readFileSync(broken, 'utf8')),
          shortCircuit: true,
        }
      : nextLoad(url, context),
});
process.env['NODE_OPTIONS'] = `--import=${import.meta.url}`;
