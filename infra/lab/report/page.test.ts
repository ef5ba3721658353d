import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { hazards } from '../registry.ts';
import type { LabResults } from '../results.ts';
import { failures } from '../run-lab.ts';
import { plannedRaces } from '../trouble/run-trouble.ts';
import { reportPage } from './page.ts';

const read = (name: string) => readFileSync(new URL(`../../../docs/lab/${name}`, import.meta.url), 'utf8');
// As `npm run lab` has written it.
const kept = JSON.parse(read('results.json')) as LabResults;
const cells = hazards.flatMap((hazard) => hazard.cells);

describe('the run that is kept', () => {
  test('has every cell, calm and in trouble, and each was as expected', () => {
    const named = (each: { readonly hazard: string; readonly protection: string }) =>
      `${each.hazard} ${each.protection}`;
    expect(kept.cells.map(named)).toEqual(cells.map(named));
    expect(kept.troubled.map((each) => `${each.trouble} ${named(each)}`)).toEqual(
      plannedRaces.map(({ trouble, cell }) => `${trouble.name} ${named(cell)}`),
    );
    expect(failures(kept)).toEqual([]);
  });

  test('is the one that the report shows, with a sentence for each cell', () => {
    const page = reportPage(kept);
    for (const { because } of kept.cells) expect(page).toContain(because.split(/[<>&"]/)[0]);
    expect(page.trim()).toBe(read('report.html').trim());
  });
});
