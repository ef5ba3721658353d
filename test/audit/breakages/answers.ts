import { cancellationOf, charge1, payment1, problem, refund4, told } from '../clean-sale.ts';
import { alsoTold, type Breakage } from './breakage.ts';

export const answerBreakages: readonly Breakage[] = [
  {
    invariant: 'one-answer-per-key',
    what: 'a key had two answers',
    ...alsoTold(
      told(
        'charge wallet',
        'ann',
        201,
        { ...charge1, balance: 1 },
        { idempotencyKey: 'key-1', replayed: true },
      ),
    ),
  },
  {
    invariant: 'one-answer-per-key',
    what: 'a key had two first answers',
    ...alsoTold(told('charge wallet', 'ann', 201, charge1, { idempotencyKey: 'key-1' })),
  },
  {
    invariant: 'answers-are-stored',
    what: 'a confirmed charge is gone',
    sql: `DELETE FROM charges WHERE charge_id = 'charge-1'`,
  },
  {
    invariant: 'answers-are-stored',
    what: 'a hold has another fence than the client was told',
    sql: 'UPDATE holds SET fence = fence + 1',
  },
  {
    invariant: 'answers-are-stored',
    what: 'a payment left another balance than the client was told',
    evidence: ({ exchanges }) => ({
      exchanges: [
        ...exchanges,
        told('pay hold', 'ann', 201, { ...payment1, balance: 0 }, { idempotencyKey: 'k' }),
      ],
    }),
  },
  {
    invariant: 'answers-in-contract',
    what: 'a server error',
    ...alsoTold(told('pay hold', 'ann', 500, problem('internal'))),
  },
  {
    invariant: 'answers-in-contract',
    what: 'a crash that the gateway answered with 200',
    ...alsoTold(told('poll queue', 'ann', 200, { errorType: 'TypeError', errorMessage: 'x is undefined' })),
  },
  {
    invariant: 'answers-in-contract',
    what: 'a problem that this request cannot have',
    ...alsoTold(told('charge wallet', 'ann', 409, problem('hold-paid'))),
  },
  {
    invariant: 'one-answer-per-key',
    what: 'a key of a cancellation had two first answers',
    ...alsoTold(told('cancel reservation', 'dora', 200, refund4, cancellationOf('reservation-4', 'key-7'))),
  },
  {
    invariant: 'answers-are-stored',
    what: 'a refund left another balance than the client was told',
    ...alsoTold(
      told(
        'cancel reservation',
        'dora',
        200,
        { ...refund4, balance: 1 },
        cancellationOf('reservation-4', 'k'),
      ),
    ),
  },
  {
    invariant: 'answers-in-contract',
    what: 'a cancellation that was not found',
    ...alsoTold(told('cancel reservation', 'dora', 404, problem('not-found'))),
  },
];
