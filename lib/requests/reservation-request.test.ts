import { describe, expect, test } from '@jest/globals';
import { parseRequestRecord, StrayRequestError } from './reservation-request.ts';

const good = { requestId: 'r-1', performanceId: 'p', seatId: 'p:A-1', userId: 'u' };

describe('the record of a request', () => {
  test('says which request and which seat; members that are not known are ignored', () => {
    const value = JSON.stringify({ ...good, later: { added: true } });
    expect(parseRequestRecord('p:A-1', value)).toEqual({ requestId: 'r-1', seatId: 'p:A-1' });
  });

  test.each([
    ['nothing', ''],
    ['half a JSON', '{"requestId":'],
    ['no object', '[]'],
    ['no request', JSON.stringify({ ...good, requestId: undefined })],
    ['no seat', JSON.stringify({ ...good, seatId: undefined })],
    ['what cannot be an id', JSON.stringify({ ...good, requestId: "'; --" })],
    ['the seat of another key', JSON.stringify({ ...good, seatId: 'p:A-2' })],
  ])('with %s is none', (_, value) => {
    expect(() => parseRequestRecord('p:A-1', value)).toThrow(StrayRequestError);
  });
});
