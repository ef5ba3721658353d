import { basename, extname } from 'node:path';
import type { Plugin } from 'esbuild';

/**
 * Puts the chunks of `functions/x.ts` into `functions/x.chunks/`. All functions are built into one folder, and
 * the packager gives a function whatever is not named after another one: unnamed chunks would travel with all.
 */
export const ownChunks: Plugin = {
  name: 'own-chunks',
  setup(build) {
    const [entry, ...others] = Object.values(build.initialOptions.entryPoints ?? []);
    if (typeof entry !== 'string' || others.length > 0) throw new Error('expected one entry point a build');
    build.initialOptions.chunkNames = `${basename(entry, extname(entry))}.chunks/[name]-[hash]`;
  },
};
