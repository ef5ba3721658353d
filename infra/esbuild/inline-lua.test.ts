import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { build } from 'esbuild';
import { inlineLua } from './inline-lua.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'concert-lua-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const script = `-- a "quoted" \\ line\nreturn {'$&', "it's"}\n`;

async function bundle(source: string): Promise<string> {
  await writeFile(join(folder, 'x.lua'), script);
  await writeFile(join(folder, 'y.lua'), 'return 2');
  await writeFile(join(folder, 'entry.ts'), `import { readFileSync } from 'node:fs';\n${source}`);
  const { outputFiles } = await build({
    entryPoints: [join(folder, 'entry.ts')],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    logLevel: 'silent',
    plugins: [inlineLua()],
  });
  return outputFiles[0]?.text ?? '';
}

/** Runs a bundle without any file beside it. */
const exportsOf = async (code: string): Promise<Record<string, unknown>> =>
  await import(`data:text/javascript,${encodeURIComponent(code)}`);

test('puts the text of every script in, to the character', async () => {
  const code = await bundle(`
    export const x: string = readFileSync(new URL('./x.lua', import.meta.url), 'utf8');
    export const both = [
      readFileSync(
        new URL('./y.lua', import.meta.url),
        'utf8',
      ),
      x,
    ];`);
  expect(await exportsOf(code)).toMatchObject({ x: script, both: ['return 2', script] });
});

test('leaves a module without scripts alone', async () => {
  const code = await bundle(`export const text = readFileSync(new URL('./x.txt', import.meta.url), 'utf8');`);
  expect(code).toContain('./x.txt');
});

test.each([
  [`readFileSync(new URL("./x.lua", import.meta.url), 'utf8')`],
  [`readFileSync(new URL('./x.lua', import.meta.url))`],
  [`readFileSync(new URL('./' + name + '.lua', import.meta.url), 'utf8')`],
])('refuses a script that is loaded in another way: %s', async (expression) => {
  await expect(bundle(`const name = 'x'; export const x = ${expression};`)).rejects.toThrow(
    /a script is loaded by/,
  );
});

test('refuses a script that is not there', async () => {
  await expect(
    bundle(`export const x = readFileSync(new URL('./z.lua', import.meta.url), 'utf8');`),
  ).rejects.toThrow(/z\.lua/);
});
