import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { listSpecimens } from './sabotage.ts';

const folder = join(import.meta.dirname, 'sabotage');
const lib = join(import.meta.dirname, '../../lib');
const specimens = await listSpecimens();
const files = (await readdir(folder, { recursive: true })).filter((file) => /\.(ts|lua)$/.test(file));

describe('the specimens', () => {
  test.each(specimens)('%s stands in for something', (name) => {
    expect(files.filter((file) => file.startsWith(`${name}/`))).not.toEqual([]);
  });

  test.each(files)('%s stands in for a file of lib, and says what is broken', async (file) => {
    expect(existsSync(join(lib, file.slice(file.indexOf('/') + 1)))).toBe(true);
    expect(await readFile(join(folder, file), 'utf8')).toMatch(/^(\/\*\n \*|--) Broken on purpose: /);
  });

  test.each(files.filter((file) => file.endsWith('.ts')))(
    '%s has all that is imported of the right one',
    async (file) => {
      const specimen: object = await import(join(folder, file));
      const right: object = await import(join(lib, file.slice(file.indexOf('/') + 1)));
      expect(Object.keys(specimen)).toEqual(expect.arrayContaining(Object.keys(right)));
    },
  );
});
