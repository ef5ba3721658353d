import { told } from '../clean-sale.ts';
import { alsoTold, type Breakage } from './breakage.ts';

const laterMs = () => Date.now() + 60_000;
const admitted = (ticket: number) => ({
  status: 'admitted',
  ticket,
  admittedUntil: '2099-01-01T00:00:00.000Z',
});

export const lineBreakages: readonly Breakage[] = [
  {
    invariant: 'one-place-per-user',
    what: 'a user is in the line and admitted',
    redis: (redis) => redis.zadd('{show}:line', 9, 'ben'),
  },
  {
    invariant: 'one-place-per-user',
    what: 'two presses of the button gave two tickets',
    ...alsoTold(told('enter queue', 'ann', 201, admitted(7))),
  },
  {
    invariant: 'tickets-unique',
    what: 'two users in the line have one ticket',
    redis: (redis) => redis.zadd('{show}:line', 3, 'dora'),
  },
  {
    invariant: 'tickets-unique',
    what: 'two clients were told one ticket',
    ...alsoTold(told('enter queue', 'dora', 201, { status: 'waiting', ticket: 3 })),
  },
  {
    invariant: 'admissions-in-ticket-order',
    what: 'a lower ticket waits while a higher one is inside',
    redis: (redis) => redis.zadd('{show}:line', 1, 'dora'),
  },
  {
    invariant: 'admissions-in-ticket-order',
    what: 'a client was told to wait after a higher ticket was told to come',
    ...alsoTold(
      told('poll queue', 'emil', 200, admitted(8)),
      told('poll queue', 'dora', 200, { status: 'waiting', ticket: 5 }),
    ),
  },
  {
    invariant: 'capacity-kept',
    what: 'three are admitted where two may be',
    redis: (redis) => redis.zadd('{show}:admitted', laterMs(), 'dora', laterMs(), 'emil'),
  },
  {
    invariant: 'capacity-kept',
    what: 'three clients were inside at one time',
    ...alsoTold(
      told('poll queue', 'dora', 200, admitted(4)),
      told('poll queue', 'emil', 200, admitted(5)),
      told('poll queue', 'finn', 200, admitted(6)),
    ),
  },
];
