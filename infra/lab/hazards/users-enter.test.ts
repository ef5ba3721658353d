import { expect, test } from '@jest/globals';
import type { Attempted } from '../cell.ts';
import { gapFault, orderFault } from './users-enter.ts';

const given = (ticket: number, startedMs: number, endedMs: number): Attempted => ({
  outcome: 'done',
  ticket,
  startedMs,
  endedMs,
});
const faultOf = (replies: readonly Attempted[]) => orderFault(replies) ?? gapFault(replies);

test('tickets in order are well, whoever of those at once has which', () => {
  expect(faultOf([given(2, 0, 5), given(1, 1, 6), given(3, 7, 8)])).toBeUndefined();
  expect(faultOf([given(1, 0, 1), { outcome: 'refused', startedMs: 0, endedMs: 1 }])).toBeUndefined();
});

test.each([
  ['a ticket twice: 1, 1', [given(1, 0, 5), given(1, 0, 5)]],
  ['not 1, 2, 3 …: 1, 3', [given(1, 0, 5), given(3, 0, 5)]],
  ['a later arrival has the lower ticket', [given(2, 0, 5), given(1, 6, 7)]],
])('%s', (fault, replies) => {
  expect(faultOf(replies)).toBe(fault);
});
