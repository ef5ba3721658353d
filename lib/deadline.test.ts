import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { DeadlineError, within } from './deadline.ts';

describe('within', () => {
  test('the result of work in time', async () => {
    await expect(within(1_000, Promise.resolve(7))).resolves.toBe(7);
  });

  test('the failure of work in time', async () => {
    await expect(within(1_000, Promise.reject(new RangeError('no')))).rejects.toThrow(RangeError);
  });

  test('a DeadlineError at the deadline', async () => {
    const beganAtMs = performance.now();
    await expect(within(50, sleep(10_000, undefined, { ref: false }))).rejects.toThrow(DeadlineError);
    expect(performance.now() - beganAtMs).toBeLessThan(1_000);
  });

  test('work that fails unheard after the deadline does not end the process', async () => {
    const late = sleep(60).then(() => Promise.reject(new Error('unheard')));
    await expect(within(10, late)).rejects.toThrow(DeadlineError);
    // An unhandled rejection would fail this file.
    await sleep(100);
  });
});
