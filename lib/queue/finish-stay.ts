import { readFileSync } from 'node:fs';

/** The part of the script that the commands share which end an admission. */
export const finishStay = readFileSync(new URL('./finish-stay.lua', import.meta.url), 'utf8');
