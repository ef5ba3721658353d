import { describe, expect, test } from '@jest/globals';
import { hazards, protectionTexts } from './registry.ts';

describe.each(hazards)('$name', ({ name, cells }) => {
  test('has its control, which must show anomalies, and the project, which must show none', () => {
    const expectations = Object.fromEntries(cells.map(({ protection, expects }) => [protection, expects]));
    expect(expectations).toMatchObject({ none: 'anomalies', ours: 'none' });
  });

  test('has each protection once, and each has its text', () => {
    const named = cells.map(({ protection }) => protection);
    expect(new Set(named).size).toBe(named.length);
    expect(protectionTexts.map((each) => each.name)).toEqual(expect.arrayContaining(named));
    for (const { hazard } of cells) expect(hazard).toBe(name);
  });
});
