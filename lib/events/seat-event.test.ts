import { describe, expect, test } from '@jest/globals';
import type { HoldId, PerformanceId, SeatId, UserId } from '../ids.ts';
import { MalformedEventError, parseCloudEvent, type SeatEvent, toCloudEvent } from './seat-event.ts';

const event: SeatEvent = {
  type: 'seat.held',
  data: {
    seatId: 'p:A-1' as SeatId,
    performanceId: 'p' as PerformanceId,
    userId: 'u' as UserId,
    version: 1,
    holdId: 'h' as HoldId,
  },
};

const travelled = () => JSON.parse(JSON.stringify(toCloudEvent(event))) as Record<string, unknown>;

describe('an event', () => {
  test('travels as CloudEvents 1.0, keyed by its seat', () => {
    expect(travelled()).toEqual({
      specversion: '1.0',
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      source: '/reservations',
      type: 'seat.held',
      subject: 'p:A-1',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      datacontenttype: 'application/json',
      data: event.data,
    });
  });

  test('arrives as it was sent', () => {
    const sent = toCloudEvent(event);
    expect(parseCloudEvent(JSON.stringify(sent))).toEqual(sent);
  });

  test('has an id of its own', () => {
    expect(toCloudEvent(event).id).not.toBe(toCloudEvent(event).id);
  });

  test('may have members that are not known yet', () => {
    const newer = { ...travelled(), dataschema: 'x', data: { ...event.data, channel: 'web' } };
    expect(parseCloudEvent(JSON.stringify(newer)).data).toEqual(event.data);
  });
});

describe('what cannot be read', () => {
  const broken: readonly (readonly [string, string])[] = [
    ['nothing', ''],
    ['no JSON', '{'],
    ['no object', '7'],
    ['null', 'null'],
    ['another version', JSON.stringify({ ...travelled(), specversion: '0.3' })],
    ['another source', JSON.stringify({ ...travelled(), source: '/elsewhere' })],
    ['a type nobody knows', JSON.stringify({ ...travelled(), type: 'seat.painted' })],
    ['a time that is none', JSON.stringify({ ...travelled(), time: 'today' })],
    ['no data', JSON.stringify({ ...travelled(), data: undefined })],
    ['a version of 0', JSON.stringify({ ...travelled(), data: { ...event.data, version: 0 } })],
    ['half a version', JSON.stringify({ ...travelled(), data: { ...event.data, version: 1.5 } })],
    ['a seat that cannot be', JSON.stringify({ ...travelled(), data: { ...event.data, seatId: 'a b' } })],
  ];

  test.each(broken)('%s', (_, value) => {
    expect(() => parseCloudEvent(value)).toThrow(MalformedEventError);
  });
});
