import type { Cell, Expectation } from '../cell.ts';
import type { Trouble } from './troubles.ts';

/** What is to be expected of a cell under a trouble, and why, in a sentence. */
export interface Forecast {
  readonly expects: Expectation;
  readonly because: string;
}

/** Why a cell has no meaning under a trouble. */
export interface NotRaced {
  readonly notRaced: string;
}

const locksAlone = new Set(['simple', 'spin', 'pubsub', 'lock-inside', 'lock-before-transaction']);
const lines = new Set(['same-user-enters', 'users-enter']);

/** Whether a cell is protected by a lock that the project's servers could lose, and by nothing else. */
export const restsOnLock = ({ hazard, protection, expects }: Cell): boolean =>
  expects === 'none' && locksAlone.has(protection) && hazard !== 'endless-hold';

export function forecast({ name, breaksLocks }: Trouble, cell: Cell): Forecast | NotRaced {
  const { hazard, protection, because } = cell;
  const meaningless = name === 'stopped' ? whyNotStopped(cell) : undefined;
  if (meaningless !== undefined) return { notRaced: meaningless };
  if (cell.expects === 'anomalies') {
    const isFreed = hazard === 'endless-hold' && 'The loss frees what was held before it, and nothing after.';
    return { expects: 'anomalies', because: isFreed || `As without the trouble: ${because}` };
  }
  if (restsOnLock(cell)) return { expects: 'anomalies', because: breaksLocks };
  if (protection === 'ours-without-receipts' && name !== 'stopped') {
    const lost = 'The line is lost, and who comes back without a receipt gets another place, at its end.';
    return { expects: 'anomalies', because: lost };
  }
  return { expects: 'none', because: name === 'stopped' ? holdsStopped(cell) : holdsWithoutRedis(cell) };
}

function whyNotStopped({ hazard, protection }: Cell): string | undefined {
  if (hazard === 'endless-hold') {
    return 'This holder never comes back; what one does that comes back is seen where users take one seat.';
  }
  if (protection === 'kafka') {
    return 'The lease of a consumer is the session of its group, never under 6 s by the broker’s defaults; one that is stopped for longer is replaced and may still write when it wakes, as the holder of a lock does.';
  }
  return undefined;
}

/** Why a cell holds though Redis has forgotten everything. */
function holdsWithoutRedis({ hazard, protection, because }: Cell): string {
  if (hazard === 'endless-hold') return `${because} A hold that is forgotten ends the sooner.`;
  if (protection === 'lock-after-snapshot') return because;
  if (protection !== 'ours') return `Redis has no part in it. ${because}`;
  if (lines.has(hazard)) {
    return 'The line is lost, and who comes back with a receipt has the old ticket in the new one.';
  }
  return decidedByRows[hazard] ?? because;
}

/** Why a cell holds though a holder goes on after its lease. */
function holdsStopped({ hazard, protection, because }: Cell): string {
  if (protection.startsWith('ours')) {
    if (lines.has(hazard)) return 'Who is stopped has sent the one script, or has not; there is no lease.';
    return decidedByRows[hazard] ?? because;
  }
  return withoutLease[protection] ?? because;
}

const wallet = 'The wallet row, its condition and the unique key decide, whoever has the lock.';
const decidedByRows: Readonly<Record<string, string>> = {
  'users-take-seat': 'The conditional UPDATE of the seat has one winner, whoever has the lock.',
  'two-payments': wallet,
  'same-payment': wallet,
  charges: wallet,
  'same-charge': wallet,
};

const rowLock = 'There is no lease: the others wait for the row until the holder wakes.';
const withoutLease: Readonly<Record<string, string>> = {
  conditional: 'Who is stopped has sent the one statement, or has not; there is no lease.',
  'for-update': rowLock,
  advisory: 'There is no lease: the others wait for the advisory lock until the holder wakes.',
  serializable: 'There is no lease: whoever has read what others changed is rolled back, asleep or not.',
};
