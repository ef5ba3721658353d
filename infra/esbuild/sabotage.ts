import { existsSync, readdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import type { Plugin } from 'esbuild';

/** Of the demo, below the service: one folder a specimen, each of which mirrors the tree below `lib/`. */
const specimensFolder = 'infra/demo/sabotage';

/** Says which file stands in for a file of `lib/`; undefined when it is left alone. */
export type StandIn = (path: string) => string | undefined;

/**
 * A specimen: a protection that is broken on purpose, so that the audit can be seen to find it.
 * `infra/demo/sabotage/<name>/wallet/x.ts` stands in for `lib/wallet/x.ts`, and a script likewise.
 *
 * @param folder where the specimens lie, below the service
 * @throws Error when there is no such specimen, it is empty, or one of its files stands in for nothing
 */
export function readSpecimen(name: string, serviceDir: string, folder = specimensFolder): StandIn {
  const specimens = join(serviceDir, folder);
  const known = existsSync(specimens) ? readdirSync(specimens, { withFileTypes: true }) : [];
  if (!known.some((entry) => entry.isDirectory() && entry.name === name)) {
    const names = known.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
    throw new Error(`no sabotage "${name}" in ${folder}; there are: ${names.join(', ')}`);
  }
  const lib = join(serviceDir, 'lib');
  const standIns = new Map<string, string>();
  for (const file of filesBelow(join(specimens, name))) {
    const target = join(lib, relative(join(specimens, name), file));
    if (!existsSync(target))
      throw new Error(
        `${relative(serviceDir, file)} stands in for nothing: no ${relative(serviceDir, target)}`,
      );
    standIns.set(target, file);
  }
  if (standIns.size === 0) throw new Error(`sabotage "${name}" has no file: it would break nothing`);
  return (path) => standIns.get(path);
}

/** Builds with the specimen's modules in the place of the right ones. A specimen may import what it replaces. */
export function sabotage(standIn: StandIn): Plugin {
  return {
    name: 'sabotage',
    setup(build) {
      build.onResolve({ filter: /^\.{1,2}\// }, ({ path, resolveDir, importer }) => {
        const specimen = standIn(resolve(resolveDir, path));
        return specimen === undefined || specimen === importer ? undefined : { path: specimen };
      });
    },
  };
}

/** The script to take: the specimen's, the right one, or beside a specimen that has none the one it goes with. */
export function locateScript(standIn: StandIn, serviceDir: string): (path: string) => string {
  return (path) => {
    const belowSpecimen = relative(join(serviceDir, specimensFolder), path).split('/').slice(1).join('/');
    const isBeside = path.startsWith(join(serviceDir, specimensFolder)) && !existsSync(path);
    const right = isBeside ? join(serviceDir, 'lib', belowSpecimen) : path;
    return standIn(right) ?? right;
  };
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|lua)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}
