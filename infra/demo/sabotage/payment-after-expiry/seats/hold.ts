/*
 * Broken on purpose: a hold is what was last written of it. Nobody writes that it has expired, so it never has.
 */
import { sql } from 'kysely';
import { type HoldStatus, toHold } from '../../../../../lib/seats/hold.ts';

export type { Hold, HoldStatus } from '../../../../../lib/seats/hold.ts';
export { toHold };

export const holdStatus = sql<HoldStatus>`status`;
