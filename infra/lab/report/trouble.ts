import { hazards, protectionTexts } from '../registry.ts';
import type { LabResults } from '../results.ts';
import type { TroubledResult } from '../trouble/run-trouble.ts';
import { pace, type Trouble, troubles } from '../trouble/troubles.ts';
import { text } from './text.ts';

/** The same races with Redis or a holder in trouble; nothing when none were run. */
export function troubleSection({ troubled, troubledRunsPerCell }: LabResults): string {
  if (troubled.length === 0) return '';
  return `<h2 id="trouble">Under trouble</h2>
<p>The races where an anomaly is money or a seat, each struck once at a random moment; ${troubledRunsPerCell} races a
cell, more where an anomaly was due and had not come. Leases last ${pace.leaseMs} ms here, also those of the project,
the bodies pause for ${pace.thinkMs} ms, and the attempts begin one after the other. <i>Unserved</i> is the share of
attempts that had no effect because Redis was away, their admission was lost with it, or their time was over. A holder is paused by holding back one
of its statements; its process goes on.</p>
${troubles.map((trouble) => troubleTable(trouble, troubled)).join('\n')}`;
}

function troubleTable({ name, title, explanation }: Trouble, results: readonly TroubledResult[]): string {
  const those = results.filter(({ trouble }) => trouble === name);
  const columns = hazards.filter((hazard) => those.some((result) => result.hazard === hazard.name));
  const rows = protectionTexts
    .filter((protection) => those.some((result) => result.protection === protection.name))
    .map(({ name: protection, title: named }) => {
      const marks = columns.map((hazard) =>
        troubleCell(those.find((each) => each.hazard === hazard.name && each.protection === protection)),
      );
      return `<tr><td>${text(named)}</td>${marks.join('')}</tr>`;
    });
  return `<h3>${text(title)}</h3><p>${text(explanation)}</p><div class="scroll"><table class="grid">
<tr><th></th>${columns.map((hazard) => `<th>${text(hazard.title)}</th>`).join('')}</tr>${rows.join('\n')}</table></div>`;
}

function troubleCell(result: TroubledResult | undefined): string {
  if (result === undefined) return '<td class="soft">–</td>';
  const { rate, anomalies, runs, failedShare, isAsExpected } = result;
  const interval = `${rate.perThousand.toFixed(0)} (${rate.lowPerThousand.toFixed(0)}–${rate.highPerThousand.toFixed(0)})`;
  const unserved = failedShare > 0 ? `, ${(failedShare * 100).toFixed(0)}% unserved` : '';
  const surprise = isAsExpected ? '' : ' <b>not as expected</b>';
  return `<td class="${anomalies > 0 ? 'broken' : 'sound'}">${anomalies > 0 ? '✗' : '✓'} ${interval}, ${runs} races${unserved}${surprise}</td>`;
}
