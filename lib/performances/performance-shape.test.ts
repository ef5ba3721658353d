import { describe, expect, test } from '@jest/globals';
import { isProblem } from '../errors.ts';
import { parseShape } from '../http/read-body.ts';
import { PerformanceShape } from './performance-shape.ts';

const body = {
  name: 'A concert',
  startsAt: '2999-01-31T19:00:00Z',
  opensAt: '2999-01-01T00:00:00Z',
  seats: { rows: 10, seatsPerRow: 20, price: 100 },
  waitingRoom: { capacity: 10, admitPerSecond: 5, admissionSeconds: 60, heartbeatSeconds: 10, draw: false },
  holdSeconds: 60,
  maxSeatsPerUser: 4,
};

/** The pointers at which a body is refused; empty when it is taken. */
function faultsOf(value: unknown): readonly string[] {
  try {
    parseShape(PerformanceShape, value);
    return [];
  } catch (error) {
    if (!isProblem(error)) throw error;
    // The members of `invalid-request`.
    return (error.members['errors'] as { pointer: string }[]).map(({ pointer }) => pointer);
  }
}

describe('a performance', () => {
  test('with its times to the millisecond', () => {
    expect(parseShape(PerformanceShape, body)).toEqual({
      ...body,
      startsAt: '2999-01-31T19:00:00.000Z',
      opensAt: '2999-01-01T00:00:00.000Z',
    });
  });

  test('opens now unless told', () => {
    const { opensAt: _, ...rest } = body;
    const before = new Date().toISOString();
    const { opensAt } = parseShape(PerformanceShape, rest);
    expect(opensAt >= before && opensAt <= new Date().toISOString()).toBe(true);
  });

  test('has no draw unless told', () => {
    const { draw: _, ...waitingRoom } = body.waitingRoom;
    expect(parseShape(PerformanceShape, { ...body, waitingRoom }).waitingRoom.draw).toBe(false);
  });

  test('at every edge of what is allowed', () => {
    const least = {
      ...body,
      name: 'x',
      seats: { rows: 1, seatsPerRow: 1, price: 0 },
      waitingRoom: { capacity: 1, admitPerSecond: 1, admissionSeconds: 5, heartbeatSeconds: 5 },
      holdSeconds: 2,
      maxSeatsPerUser: 1,
    };
    const most = {
      ...body,
      seats: { rows: 100, seatsPerRow: 200, price: 10_000_000 },
      waitingRoom: {
        capacity: 100_000,
        admitPerSecond: 100_000,
        admissionSeconds: 3_600,
        heartbeatSeconds: 3_600,
      },
      holdSeconds: 3_600,
      maxSeatsPerUser: 20,
    };
    expect(faultsOf(least)).toEqual([]);
    expect(faultsOf(most)).toEqual([]);
  });
});

describe('refused, and where', () => {
  const seats = (changes: object) => ({ ...body, seats: { ...body.seats, ...changes } });
  const room = (changes: object) => ({ ...body, waitingRoom: { ...body.waitingRoom, ...changes } });

  test.each<[string, object]>([
    ['#/name', { ...body, name: '' }],
    ['#/name', { ...body, name: undefined }],
    ['#/startsAt', { ...body, startsAt: '2020-01-01T00:00:00Z', opensAt: '2019-01-01T00:00:00Z' }],
    ['#/startsAt', { ...body, opensAt: body.startsAt }],
    ['#/startsAt', { ...body, opensAt: '2999-02-01T00:00:00Z' }],
    ['#/opensAt', { ...body, opensAt: 'now' }],
    ['#/opensAt', { ...body, opensAt: null }],
    ['#/seats', seats({ rows: 100, seatsPerRow: 201 })],
    ['#/seats/rows', seats({ rows: 0 })],
    ['#/seats/rows', seats({ rows: 101 })],
    ['#/seats/seatsPerRow', seats({ seatsPerRow: 501 })],
    ['#/seats/price', seats({ price: -1 })],
    ['#/seats/price', seats({ price: 10_000_001 })],
    ['#/seats/price', seats({ price: 0.5 })],
    ['#/seats/colour', seats({ colour: 'red' })],
    ['#/waitingRoom/capacity', room({ capacity: 0 })],
    ['#/waitingRoom/admitPerSecond', room({ admitPerSecond: 100_001 })],
    ['#/waitingRoom/admissionSeconds', room({ admissionSeconds: 4 })],
    ['#/waitingRoom/heartbeatSeconds', room({ heartbeatSeconds: 3_601 })],
    ['#/waitingRoom/draw', room({ draw: 'no' })],
    ['#/waitingRoom/paused', room({ paused: true })],
    ['#/holdSeconds', { ...body, holdSeconds: 1 }],
    ['#/maxSeatsPerUser', { ...body, maxSeatsPerUser: 21 }],
    ['#/performanceId', { ...body, performanceId: 'p' }],
  ])('%s', (pointer, value) => {
    expect(faultsOf(value)).toEqual([pointer]);
  });

  test('every fault is named', () => {
    expect(faultsOf({ ...body, name: 7, holdSeconds: 0 }).toSorted()).toEqual(['#/holdSeconds', '#/name']);
  });
});
