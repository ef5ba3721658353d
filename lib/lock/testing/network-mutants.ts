import { mutantsOf, type SourceMutant } from './source-mutant.ts';

export const networkMutants: readonly SourceMutant[] = [
  ...mutantsOf(
    'a lost reply is told, and the lock that nobody knows of is given back',
    [
      'sends no release after an outcome that is unknown',
      'simple',
      'leasing-lock.ts',
      "if (outcome === 'ambiguous') this.lateReleases.start(giveBack);",
      '',
    ],
    [
      'takes a lost reply for a request that was not sent',
      'pubsub',
      'lock-reply.ts',
      'error.cause instanceof ReplyError',
      'true',
    ],
  ),
  ...mutantsOf(
    'an answer that comes after the lease is no lock, and is given back',
    [
      'does not look whether the lease is over when it begins',
      'simple',
      'leasing-lock.ts',
      'endOf(taken.sentAtMs, acquisition.leaseMs) <= performance.now()',
      'false',
    ],
    [
      'counts a lease from the answer',
      'spin',
      'simple-lock.ts',
      'return { fence, sentAtMs };',
      'return { fence, sentAtMs: performance.now() };',
    ],
    [
      'counts a lease in the line from the answer',
      'pubsub',
      'pubsub-lock.ts',
      "{ fence: turn.fence, sentAtMs };\n    if (turn.status === 'waiting')",
      "{ fence: turn.fence, sentAtMs: performance.now() };\n    if (turn.status === 'waiting')",
    ],
  ),
  ...mutantsOf('an extension that is answered after the end was told is none', [
    'takes the answer for an extension whatever was told before it',
    'spin',
    'held-lease.ts',
    'if (this.#lost) throw this.#lost;',
    '',
  ]),
  ...mutantsOf('a refused try is one request', [
    'lets redlock try again',
    'simple',
    'redlock-store.ts',
    '{ retryCount: 0 }',
    '{ retryCount: 1 }',
  ]),
  ...mutantsOf('a refused try frees nothing that its token holds', [
    "sends redlock's release after a try that was refused",
    'simple',
    'redlock-store.ts',
    'if (digest !== this.#digest) return 0;',
    '',
  ]),
  ...mutantsOf(
    'a release that cannot get through does not throw, and follows later',
    [
      'makes a failure of work that was done, when the release fails',
      'simple',
      'late-release.ts',
      'if (isOutage(error)) this.start(release);',
      'if (isOutage(error)) throw error;',
    ],
    [
      'does not send a release again',
      'pubsub',
      'late-release.ts',
      'if (isOutage(error)) this.start(release);',
      'if (isOutage(error)) return 0;',
    ],
  ),
];
