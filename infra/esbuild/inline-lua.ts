import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Plugin } from 'esbuild';

/** The one way in which a module may load its script. */
const loadsScript = /\breadFileSync\(\s*new URL\('(\.\/[\w.-]+\.lua)', import\.meta\.url\),\s*'utf8',?\s*\)/g;

/** Any other mention of a script's file in code: it would be looked for beside the bundle, in vain. */
const namesScript = /new URL\([^)]*\.lua/;

/**
 * Puts the text of a Lua script in the place of the expression that reads its file, as a bundle has no files
 * beside it: `readFileSync(new URL('./x.lua', import.meta.url), 'utf8')` becomes a string.
 *
 * @param locate says which file to take for a script, e.g. a specimen of it; itself unless told
 */
export function inlineLua(locate: (path: string) => string = (path) => path): Plugin {
  return {
    name: 'inline-lua',
    setup(build) {
      build.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const source = await readFile(path, 'utf8');
        if (!source.includes('.lua')) return undefined;
        const { contents, scripts } = await inlineScripts(source, (name) =>
          locate(resolve(dirname(path), name)),
        );
        return { contents, loader: 'ts', watchFiles: scripts };
      });
    },
  };
}

/**
 * @param locate the file of a script by the name that the source gives it
 * @returns the source with every script in it, and the files they came from
 * @throws Error when the source names a script in another way, or there is no such file
 */
export async function inlineScripts(source: string, locate: (name: string) => string) {
  const texts = new Map<string, string>();
  for (const [, name] of source.matchAll(loadsScript)) {
    if (name !== undefined) texts.set(name, await readFile(locate(name), 'utf8'));
  }
  const contents = source.replace(loadsScript, (_, name: string) => JSON.stringify(texts.get(name)));
  const [unread] = namesScript.exec(contents) ?? [];
  if (unread !== undefined) {
    throw new Error(
      `${unread}…: a script is loaded by readFileSync(new URL('./x.lua', import.meta.url), 'utf8')`,
    );
  }
  return { contents, scripts: [...texts.keys()].map(locate) };
}
