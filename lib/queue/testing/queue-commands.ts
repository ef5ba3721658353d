import fc from 'fast-check';
import type { ModelChange } from './model-types.ts';

/** One call of an operation; `user` is a number, `receiptOf` whose receipt is handed in. */
export interface QueueRequest {
  readonly do: 'enter' | 'poll' | 'leave' | 'pay' | 'view' | 'check' | 'sweep';
  readonly user: number;
  readonly receiptOf: number | undefined;
  /** 0 is the newest that the user was given. */
  readonly receiptAge: number;
}

/** Requests that are sent together, time that passes, new settings, the loss of everything in Redis, or its return as it was. */
export type QueueCommand =
  | { readonly do: 'together'; readonly requests: readonly QueueRequest[] }
  | { readonly do: 'wait'; readonly us: number }
  | { readonly do: 'change'; readonly changes: ModelChange }
  | { readonly do: 'lose' }
  | { readonly do: 'return' };

export interface Trial {
  readonly capacity: number;
  readonly admitPerSecond: number;
  readonly admissionSeconds: number;
  readonly heartbeatSeconds: number;
  readonly opensInMs: number;
  /** In hex; null without a draw. */
  readonly drawSeed: string | null;
  readonly paused: boolean;
  readonly commands: readonly QueueCommand[];
}

const users = [1, 2, 3, 4, 5, 6];
const user = fc.constantFrom(...users);

const request: fc.Arbitrary<QueueRequest> = fc
  .record({
    do: fc.oneof(
      { weight: 6, arbitrary: fc.constant('enter' as const) },
      { weight: 5, arbitrary: fc.constant('poll' as const) },
      { weight: 2, arbitrary: fc.constant('leave' as const) },
      { weight: 2, arbitrary: fc.constant('pay' as const) },
      { weight: 2, arbitrary: fc.constant('view' as const) },
      { weight: 3, arbitrary: fc.constant('check' as const) },
    ),
    user,
    whose: fc.constantFrom('none', 'own', 'own', 'another'),
    another: user,
    receiptAge: fc.nat(3),
  })
  .map(({ whose, another, ...rest }) => ({
    ...rest,
    receiptOf: whose === 'own' ? rest.user : whose === 'another' ? another : undefined,
  }));

/** Everybody comes, in any order. */
const rush: fc.Arbitrary<QueueCommand> = fc
  .shuffledSubarray(users, { minLength: users.length })
  .map((crowd) =>
    crowd.map((each) => ({ do: 'enter' as const, user: each, receiptOf: undefined, receiptAge: 0 })),
  )
  .map((requests) => ({ do: 'together', requests }));

/** Never beside others: it is several calls, between which theirs could come. */
const sweep: QueueCommand = {
  do: 'together',
  requests: [{ do: 'sweep', user: 1, receiptOf: undefined, receiptAge: 0 }],
};

/** Duplicates of one request, as an impatient person sends them. */
const repeated = fc
  .tuple(request, fc.integer({ min: 2, max: 4 }))
  .map(([each, times]) => Array.from({ length: times }, () => each));

/** Around every border that the settings have: a microsecond, a token, a heartbeat, an admission, a return. */
const pause = fc.constantFrom(
  ...[1, 999, 1_000, 100_000, 199_999, 200_000, 250_000, 333_333, 333_334, 500_000, 999_999],
  ...[1_000_000, 2_000_000, 3_000_000, 4_999_000, 5_000_000, 5_000_000, 5_001_000, 6_000_000, 6_000_000],
);

const change: fc.Arbitrary<QueueCommand> = fc
  .record(
    {
      capacity: fc.integer({ min: 1, max: 5 }),
      admitPerSecond: fc.integer({ min: 1, max: 5 }),
      paused: fc.boolean(),
    },
    { requiredKeys: [] },
  )
  .filter((changes) => Object.keys(changes).length > 0)
  .map((changes) => ({ do: 'change', changes }));

const command: fc.Arbitrary<QueueCommand> = fc.oneof(
  { weight: 12, arbitrary: fc.tuple(request).map((requests) => ({ do: 'together' as const, requests })) },
  { weight: 2, arbitrary: repeated.map((requests) => ({ do: 'together' as const, requests })) },
  {
    weight: 2,
    arbitrary: fc
      .array(request, { minLength: 2, maxLength: 6 })
      .map((requests) => ({ do: 'together' as const, requests })),
  },
  { weight: 7, arbitrary: pause.map((us) => ({ do: 'wait' as const, us })) },
  { weight: 2, arbitrary: rush },
  { weight: 1, arbitrary: fc.constant(sweep) },
  { weight: 2, arbitrary: change },
  { weight: 1, arbitrary: fc.constant({ do: 'lose' as const }) },
  { weight: 2, arbitrary: fc.constant({ do: 'return' as const }) },
);

const draw = fc.nat(9).map((digit) => ({ opensInMs: 3_000, drawSeed: String(digit).repeat(64) }));

/** Everybody has a lot twice, and receipts of the first time, when the draw comes. */
const lossBeforeDraw = fc
  .tuple(rush, rush)
  .map(([first, second]): QueueCommand[] => [first, { do: 'lose' }, second, { do: 'wait', us: 3_000_000 }]);

const opening = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ opensInMs: 0, drawSeed: null, begin: [] }) },
  { weight: 1, arbitrary: fc.constant({ opensInMs: 3_000, drawSeed: null, begin: [] }) },
  { weight: 1, arbitrary: draw.map((each) => ({ ...each, begin: [] })) },
  { weight: 1, arbitrary: fc.tuple(draw, lossBeforeDraw).map(([each, begin]) => ({ ...each, begin })) },
);

const settings = fc.record({
  capacity: fc.integer({ min: 1, max: 5 }),
  admitPerSecond: fc.integer({ min: 1, max: 5 }),
  admissionSeconds: fc.integer({ min: 5, max: 6 }),
  heartbeatSeconds: fc.integer({ min: 5, max: 6 }),
  paused: fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  commands: fc.array(command, { minLength: 10, maxLength: 60, size: 'max' }),
});

export const trial: fc.Arbitrary<Trial> = fc
  .tuple(settings, opening)
  .map(([room, { begin, ...opens }]) => ({ ...room, ...opens, commands: [...begin, ...room.commands] }));
