import type { Plugin } from 'esbuild';
import { inlineLua } from './inline-lua.ts';
import { ownChunks } from './own-chunks.ts';
import { locateScript, readSpecimen, sabotage } from './sabotage.ts';

/** What is read of the Serverless object. */
interface Serverless {
  /** The words of the command line, e.g. `['deploy', 'function']`. */
  readonly processedInput: { readonly commands: readonly string[] };
  readonly serviceDir: string;
}

/**
 * What serverless.yml names as `custom.esbuild.plugins`: the plugins of every bundle, packaged or local.
 * `SABOTAGE=<name>` builds a specimen of `infra/demo/sabotage` into a local run; unset, it has no part in the build.
 *
 * @throws Error when `SABOTAGE` is set for any command but `offline`: what is broken on purpose is never packaged
 */
export default function plugins({ processedInput, serviceDir }: Serverless): Plugin[] {
  const name = process.env['SABOTAGE'];
  if (name === undefined) return [ownChunks, inlineLua()];
  const [command] = processedInput.commands;
  if (command !== 'offline') {
    throw new Error(
      `SABOTAGE=${name} is set: "serverless ${processedInput.commands.join(' ')}" builds nothing that is broken`,
    );
  }
  const standIn = readSpecimen(name, serviceDir);
  return [ownChunks, sabotage(standIn), inlineLua(locateScript(standIn, serviceDir))];
}
