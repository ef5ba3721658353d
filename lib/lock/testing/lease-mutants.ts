import { mutantsOf, type SourceMutant } from './source-mutant.ts';

/** The same number, until somebody sets the clock. */
const wallClock = '(Date.now() - performance.timeOrigin)';

export const leaseMutants: readonly SourceMutant[] = [
  ...mutantsOf(
    'a lease counts by a clock that nobody sets',
    [
      'counts what remains by the wall clock',
      'simple',
      'held-lease.ts',
      'const nowMs = performance.now();',
      `const nowMs = ${wallClock};`,
    ],
    [
      'aborts by the wall clock',
      'pubsub',
      'held-lease.ts',
      'if (this.#certainUntilMs <= performance.now())',
      `if (this.#certainUntilMs <= ${wallClock})`,
    ],
  ),
  ...mutantsOf('the end of a lease is told to its holder', [
    'does not watch the end of a lease',
    'spin',
    'held-lease.ts',
    'else this.#watchEnd();',
    '',
  ]),
  ...mutantsOf(
    'Redis loses all its data: a holder learns it at its next extension or renewal',
    [
      'goes on with a lease that could not be extended',
      'simple',
      'held-lease.ts',
      'if (error instanceof LockLostError) this.#lose(error);',
      '',
    ],
    [
      'does not look what was extended',
      'spin',
      'simple-lock.ts',
      'if (missing.length > 0) throw lost(ordered, missing);',
      '',
    ],
    [
      'does not look what was extended in the line',
      'pubsub',
      'pubsub-lock.ts',
      'if (missing.length > 0) throw lost(ordered, missing);',
      '',
    ],
    [
      'does not renew by itself',
      'pubsub',
      'lease-renewal.ts',
      'this.#timer = setTimeout(() => void this.#renew(), this.#leaseMs / renewalsPerLease).unref();',
      '',
    ],
  ),
  ...mutantsOf(
    'Redis loses all its data: the next holder has a higher fence, and the one before cannot free its lock',
    [
      'counts its fences and does not look at the clock',
      'simple',
      'lock-scripts.ts',
      "'./fence.lua', import.meta.url), 'utf8')",
      `'./fence.lua', import.meta.url), 'utf8')
        .replace('if previous >= drawn then', 'if true then')`,
    ],
  ),
];
