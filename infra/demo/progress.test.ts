import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from '@jest/globals';
import { Progress } from './progress.ts';

/** Two phases, and all that was written. */
async function run(isTTY: boolean): Promise<string> {
  const out = Object.assign(new PassThrough(), { isTTY });
  const progress = new Progress(out);
  let sold = 0;
  progress.begin('stack');
  progress.begin('on sale', () => `${sold} sold`);
  sold = 3;
  progress.close();
  progress.close();
  out.end();
  return text(out);
}

describe('progress', () => {
  test('elsewhere than on a terminal is plain lines, one at the end of each phase', async () => {
    expect(await run(false)).toMatch(/^ +\d+\.\d s {2}stack\n +\d+\.\d s {2}on sale {4}3 sold\n$/);
  });

  test('on a terminal rewrites its line', async () => {
    const written = await run(true);
    expect(written.split('\r\x1b[K')).toHaveLength(3);
    expect(written.endsWith('3 sold\n')).toBe(true);
  });
});
