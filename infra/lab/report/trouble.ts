import { hazards, protectionTexts } from '../registry.ts';
import type { LabResults } from '../results.ts';
import type { LeftOut, TroubledResult } from '../trouble/run-trouble.ts';
import { type Trouble, troubles } from '../trouble/troubles.ts';
import { text } from './text.ts';

/** The same races with Redis or a holder in trouble; nothing when none were run. */
export function troubleSection({ troubled, troubledRunsPerCell, leftOut }: LabResults): string {
  if (troubled.length === 0) return '';
  return `<h2 id="trouble">Under trouble</h2>
<p>Every cell again, with a blow that strikes each race at a random moment; ${troubledRunsPerCell} races a cell, more
where an anomaly was due and had not come. What the loss of a lock can harm is slow enough here for the blow to fall while
a holder is at work. <i>Unserved</i> is the share of attempts that had no effect because Redis was away, their admission was
lost with it, or their time was over; races in which nobody was served are not counted. Where a cell is left out, the reason is told when you point at it.</p>
${troubles.map((trouble) => troubleTable(trouble, troubled, leftOut)).join('\n')}`;
}

function troubleTable(
  { name, title, explanation }: Trouble,
  results: readonly TroubledResult[],
  leftOut: readonly LeftOut[],
): string {
  const those = results.filter(({ trouble }) => trouble === name);
  const columns = hazards.filter((hazard) => those.some((result) => result.hazard === hazard.name));
  const rows = protectionTexts
    .filter((protection) => those.some((result) => result.protection === protection.name))
    .map(({ name: protection, title: named }) => {
      const marks = columns.map((hazard) =>
        troubleCell(
          those.find((each) => each.hazard === hazard.name && each.protection === protection),
          leftOut.find(
            (each) => each.trouble === name && each.hazard === hazard.name && each.protection === protection,
          ),
        ),
      );
      return `<tr><td>${text(named)}</td>${marks.join('')}</tr>`;
    });
  return `<h3>${text(title)}</h3><p>${text(explanation)}</p><div class="scroll"><table class="grid">
<tr><th></th>${columns.map((hazard) => `<th>${text(hazard.title)}</th>`).join('')}</tr>${rows.join('\n')}</table></div>`;
}

function troubleCell(result: TroubledResult | undefined, left: LeftOut | undefined): string {
  if (result === undefined) {
    return left === undefined
      ? '<td class="soft">–</td>'
      : `<td class="soft" title="${text(left.because)}">left out</td>`;
  }
  const { rate, anomalies, runs, failedShare, isAsExpected, because } = result;
  const interval = `${rate.perThousand.toFixed(0)} (${rate.lowPerThousand.toFixed(0)}–${rate.highPerThousand.toFixed(0)})`;
  const unserved = failedShare > 0 ? `, ${(failedShare * 100).toFixed(0)}% unserved` : '';
  const surprise = isAsExpected ? '' : ' <b>not as expected</b>';
  return `<td class="${anomalies > 0 ? 'broken' : 'sound'}" title="${text(because)}">${anomalies > 0 ? '✗' : '✓'} ${interval}<br>${runs} races${unserved}${surprise}</td>`;
}
