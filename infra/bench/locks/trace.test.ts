import { expect, test } from '@jest/globals';
import { parseTrace } from './trace.ts';

test('holds come in the order of acquisition, and what is no event is passed over', () => {
  const { holds } = parseTrace(
    [
      'ready 1',
      'clock 1 5 5',
      'wait 1 30',
      'acquire 1 40',
      'release 1 50',
      'wait 0 0',
      'acquire 0 10',
      'release 0 20',
      '',
    ].join('\n'),
  );
  expect(holds).toEqual([
    { worker: '0', waitedSince: 0, acquiredAt: 10, releasedAt: 20 },
    { worker: '1', waitedSince: 30, acquiredAt: 40, releasedAt: 50 },
  ]);
});

test('refusals are told from errors', () => {
  const trace = parseTrace('fail 0 10 timeout\nfail 0 20 Error: no connection\nfail 1 30 timeout');
  expect(trace).toEqual({ holds: [], refusals: 2, errors: ['Error: no connection'] });
});

test.each([
  'acquire 0 10',
  'wait 0 1\nrelease 0 10',
  'wait 0 1\nacquire 0 2\nacquire 0 3',
  'wait 0 1\nacquire 0 2\nrelease 0 3\nrelease 0 4',
])('lines that do not alternate are no trace: %j', (text) => {
  expect(() => parseTrace(text)).toThrow('out of order');
});
