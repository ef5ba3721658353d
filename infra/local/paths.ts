import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The clone this file lies in; everything the launcher writes is below `localFolder`. */
export const projectFolder = fileURLToPath(new URL('../../', import.meta.url));
export const localFolder = join(projectFolder, '.local');
/** The kept data of `npm run dev`. */
export const keptDataFolder = join(localFolder, 'data');
/** One folder below it for each throw-away stack. */
export const throwAwayFolder = join(localFolder, 'throw-away');
/** What running `npm run dev` tells other programs. */
export const stackFile = join(localFolder, 'stack.json');
