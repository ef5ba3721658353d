import fc from 'fast-check';
import { performanceBody } from './scene.ts';

/** Stands for an id that is only known when the run has begun. */
const placeholders = ['{performance}', '{hold}', '{seat}', '{reservation}'] as const;
const oddText = fc.oneof(
  fc.constantFrom(...placeholders),
  fc.constantFrom(
    '',
    '__proto__',
    'constructor',
    '\u0000',
    '\ud800',
    '\uffff',
    '0',
    '-1',
    '1e400',
    "'",
    '"',
    '\\',
    '%',
    '#{x}',
    '{{x}}',
    '../..',
    'null',
    'NaN',
    '2099-01-01T00:00:00.000Z',
    '0000-01-01T00:00:00.000Z',
    '+275760-09-13T00:00:00.000Z',
  ),
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.string({ minLength: 60, maxLength: 70 }),
);
const oddNumber = fc.oneof(
  fc.constantFrom(0, -0, -1, 1, 2 ** 31, 2 ** 53, -(2 ** 63), 2 ** 63, 1e308, 5e-324, 0.5),
  fc.integer({ min: -10, max: 30 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const oddValue: fc.Arbitrary<unknown> = fc.oneof(
  { depthSize: 'small' },
  oddText,
  oddNumber,
  fc.constantFrom(null, true, false),
  fc.array(oddText, { maxLength: 30 }),
  fc.dictionary(oddText, fc.oneof(oddText, oddNumber), { maxKeys: 5 }),
  fc.jsonValue(),
);

const wholePerformance = performanceBody({ seats: { rows: 1, seatsPerRow: 2 } });
/** A good body with one member turned odd, at either depth. */
const almostPerformance = fc
  .tuple(
    fc.constantFrom(
      'name',
      'startsAt',
      'opensAt',
      'seats',
      'waitingRoom',
      'holdSeconds',
      'maxSeatsPerUser',
      'seats/price',
      'waitingRoom/draw',
      'waitingRoom/capacity',
      'extra',
    ),
    oddValue,
  )
  .map(([path, value]) => {
    const [outer = '', inner] = path.split('/');
    if (inner === undefined) return { ...wholePerformance, [outer]: value };
    const before = outer === 'seats' ? wholePerformance.seats : wholePerformance.waitingRoom;
    return { ...wholePerformance, [outer]: { ...before, [inner]: value } };
  });
const knownMember = fc.constantFrom(
  'amount',
  'holdId',
  'seatIds',
  'receipt',
  'best',
  'seatId',
  '__proto__',
  'extra',
);
const almostBody = fc
  .array(fc.tuple(knownMember, oddValue), { maxLength: 3 })
  .map((members) => Object.fromEntries(members));

/** What stands in the body, as bytes. */
const body = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.oneof(almostPerformance, almostBody, oddValue).map((value) => JSON.stringify(value) ?? ''),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('', '{', '{}', '[]', '{"a":', '\ufeff{}', '{"amount":1}{"amount":2}'),
  },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 20_000 }).map((length) => '['.repeat(length)) },
);

const segment = fc.oneof(
  fc.constantFrom(
    'performances',
    'seats',
    'queue',
    'me',
    'holds',
    'wallet',
    'charges',
    'entries',
    'payments',
    'reservations',
    'reservation-requests',
    'health',
    ...placeholders,
  ),
  oddText.map((text) => encodeURIComponent(text.toWellFormed())),
  fc.constantFrom('%00', '%ff', '%zz', '%2e%2e', '..', '.', '', 'a%2Fb', '%', '\u00ff'),
);
const knownPath = fc.constantFrom(
  '/performances',
  '/performances/{performance}',
  '/performances/{performance}/seats',
  '/performances/{performance}/waiting-room',
  '/performances/{performance}/queue',
  '/performances/{performance}/queue/me',
  '/performances/{performance}/draw',
  '/performances/{performance}/holds',
  '/performances/{performance}/reservation-requests',
  '/reservation-requests/{hold}',
  '/holds/{hold}',
  '/wallet/charges',
  '/wallet',
  '/wallet/entries',
  '/payments',
  '/reservations',
  '/reservations/{hold}',
  '/reservations/{reservation}',
  '/health',
);
const anyPath = fc.array(segment, { minLength: 1, maxLength: 5 }).map((segments) => `/${segments.join('/')}`);
const query = fc.oneof(
  { weight: 3, arbitrary: fc.constant('') },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom('limit', 'cursor', 'x', '__proto__'), oddText)
      .map(([name, text]) => `?${name}=${encodeURIComponent(text.toWellFormed())}`),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '?',
      '?limit',
      '?limit=1&limit=2',
      '?cursor=%ff',
      '?cursor=%00',
      '?%',
      '?limit[]=1',
      '?a[b][c]=1',
    ),
  },
);

/** What may stand in a header and be sent at all. */
const headerText = fc.string({
  unit: fc
    .integer({ min: 0x20, max: 0xff })
    .filter((c) => c !== 0x7f)
    .map((c) => String.fromCharCode(c)),
  maxLength: 300,
});
const headers = fc.record(
  {
    'content-type': fc.oneof(
      { weight: 8, arbitrary: fc.constant('application/json') },
      { weight: 1, arbitrary: headerText },
    ),
    'if-none-match': headerText,
    accept: headerText,
    'x-forwarded-for': headerText,
    'accept-encoding': fc.constantFrom('gzip', 'identity;q=0', '*;q=0', 'x'),
    'content-encoding': fc.constantFrom('identity', 'gzip', 'x'),
    origin: headerText,
    cookie: headerText,
    'x-amzn-trace-id': headerText,
    'user-agent': headerText,
  },
  { requiredKeys: ['content-type'] },
);

/** One request out of everything that a client can send; ids in braces are to be filled in. */
export const anyCall = fc.record({
  method: fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom('GET', 'POST', 'POST', 'DELETE') },
    { weight: 1, arbitrary: fc.constantFrom('PUT', 'PATCH', 'HEAD', 'OPTIONS') },
  ),
  path: fc
    .tuple(fc.oneof({ weight: 3, arbitrary: knownPath }, { weight: 1, arbitrary: anyPath }), query)
    .map((parts) => parts.join('')),
  headers,
  raw: fc.option(body, { nil: undefined, freq: 3 }),
  key: fc.oneof(fc.constant(undefined), fc.constant('same'), fc.constant('fresh'), headerText),
  as: fc.constantFrom('user', 'user', 'admin', 'nobody', 'odd'),
  authorization: headerText,
});
