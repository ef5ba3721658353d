import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { inlineLua } from '../../esbuild/inline-lua.ts';
import { readSpecimen, sabotage } from '../../esbuild/sabotage.ts';

const top = fileURLToPath(new URL('../../../', import.meta.url));
/** Of one specimen, in which every operation is broken between two of its steps. */
const sabotageFolder = 'infra/torture/crash-matrix/sabotage';
const specimen = 'effects-apart';

/**
 * Builds the functions into one file, as they are or broken on purpose. It lies in a folder of its own, which goes
 * with the stack.
 *
 * @returns the file
 */
export async function buildFunctions(
  { sabotage: isBroken }: { readonly sabotage: boolean },
  stack: AsyncDisposableStack,
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'crash-matrix-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const outfile = join(folder, 'functions.mjs');
  const broken = isBroken ? [sabotage(readSpecimen(specimen, top, sabotageFolder))] : [];
  await build({
    entryPoints: [join(top, 'infra/torture/crash-matrix/function-process-main.ts')],
    outfile,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    mainFields: ['module', 'main'],
    external: ['pg-native'],
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
    },
    logLevel: 'warning',
    plugins: [...broken, inlineLua()],
  });
  return outfile;
}
