import { describe, expect, test } from '@jest/globals';
import { lazy } from './lazy.ts';

describe('lazy', () => {
  test('makes nothing before the first call, and one thing for all calls', async () => {
    let made = 0;
    const value = lazy(async () => {
      made += 1;
      return { made };
    });
    expect(made).toBe(0);
    const [first, second] = await Promise.all([value(), value()]);
    expect(second).toBe(first);
    expect(await value()).toBe(first);
    expect(made).toBe(1);
  });

  test('first call fails, second succeeds', async () => {
    const outcomes = [() => Promise.reject(new Error('not yet')), () => Promise.resolve('made')];
    const value = lazy(() => (outcomes.shift() ?? (() => Promise.reject(new Error('made twice'))))());
    await expect(value()).rejects.toThrow('not yet');
    await expect(value()).resolves.toBe('made');
    await expect(value()).resolves.toBe('made');
  });

  test('everybody who waited for a failure gets it, and the next call tries again', async () => {
    let tries = 0;
    const value = lazy(async () => {
      tries += 1;
      if (tries === 1) throw new Error('not yet');
      return tries;
    });
    const both = await Promise.allSettled([value(), value()]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(tries).toBe(1);
    await expect(value()).resolves.toBe(2);
  });
});
