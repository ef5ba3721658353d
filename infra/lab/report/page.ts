import type { Hazard } from '../cell.ts';
import { hazards, protectionTexts } from '../registry.ts';
import type { LabResults } from '../results.ts';
import type { CellResult } from '../run-cell.ts';
import { hazardChart } from './charts.ts';
import { style } from './style.ts';
import { text } from './text.ts';
import { troubleSection } from './trouble.ts';

/** The report of a run: one HTML file that needs nothing else. */
export function reportPage(results: LabResults): string {
  const { cells, takenAt } = results;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Hazards and protections, measured</title>
<style>${style}</style>
<h1>Hazards and protections, measured</h1>
<p>Every cell is a race that was run many times on real Redis, Postgres and Kafka: which hazard appears, which
protection removes it, and at what price. A cell marked ✗ showed anomalies, one marked ✓ showed none.</p>
<p class="soft">${text(runLine(results))}</p>
${summaryTable(cells)}
${hazards.map((hazard) => hazardSection(hazard, cells)).join('\n')}
${troubleSection(results)}
<h2>The protections</h2>
<dl>${protectionTexts.map(({ title, explanation }) => `<dt><b>${text(title)}</b></dt><dd>${text(explanation)}</dd>`).join('\n')}</dl>
<h2>How to read the numbers</h2>
${reading}
<p class="soft">Taken at ${text(takenAt)} by <code>npm run lab</code>.</p>
</html>
`;
}

const reading = `<p>Anomalies are counted per 1,000 races, with the 95% interval of Wilson. An operation is one attempt of a
race; <i>ops/s</i>, the latencies and the counts per operation are of attempts that were made at once, refused ones
included: a protection that refuses most looks fast. Redis commands are the server's own count, those inside scripts
included; SQL statements include BEGIN and COMMIT; <i>conn ms</i> is for how long an operation occupies a connection
to the database, waiting included. Between its read and its write every unprotected body pauses for a millisecond, as
a handler does that has something to decide. Attempts of one race come from one process, each on a connection of its
own. A crash is a holder that never comes back, and whose connection breaks. The events come through Kafka over many
partitions, and each consumer is held up for up to 5 ms. The operations of the project do more than the bodies they
are compared with: idempotency, ledger, reservation and outbox are all written.</p>`;

function runLine({ machine, versions, runsPerCell, seed, elapsedSeconds }: LabResults): string {
  return [
    `${runsPerCell} races a cell, seed ${seed}, ${elapsedSeconds.toFixed(0)} s`,
    `${machine.cores} × ${machine.processor}, ${machine.memory}`,
    `Node ${versions.node}, Redis ${versions.redis}, Postgres ${versions.postgres}, Kafka ${versions.kafka}`,
  ].join(' · ');
}

function summaryTable(cells: readonly CellResult[]): string {
  const head = hazards.map(({ name, title }) => `<th><a href="#${name}">${text(title)}</a></th>`).join('');
  const rows = protectionTexts.map(({ name, title }) => {
    const marks = hazards.map((hazard) => summaryCell(find(cells, hazard.name, name))).join('');
    return `<tr><td>${text(title)}</td>${marks}</tr>`;
  });
  return `<div class="scroll"><table class="grid"><tr><th></th>${head}</tr>${rows.join('\n')}</table></div>`;
}

function summaryCell(result: CellResult | undefined): string {
  if (result === undefined) return '<td class="soft">–</td>';
  if (result.anomalies === 0) return '<td class="sound">✓</td>';
  return `<td class="broken">✗ ${result.rate.perThousand.toFixed(0)}</td>`;
}

const find = (cells: readonly CellResult[], hazard: string, protection: string) =>
  cells.find((cell) => cell.hazard === hazard && cell.protection === protection);

function hazardSection({ name, title, explanation }: Hazard, cells: readonly CellResult[]): string {
  const results = cells.filter(({ hazard }) => hazard === name);
  return `<h2 id="${name}">${text(title)}</h2>
<p>${text(explanation)}</p>
<div class="scroll">${hazardChart(results)}</div>
<div class="scroll"><table>
<tr><th>protection</th><th>anomalies per 1,000</th><th>p50 ms</th><th>p99 ms</th>
<th>ops/s</th><th>Redis</th><th>SQL</th><th>conn ms</th><th>refused</th><th class="text">why</th></tr>
${results.map(resultRow).join('\n')}
</table></div>`;
}

function resultRow(result: CellResult): string {
  const { rate, protection, isAsExpected, because, firstAnomaly } = result;
  const title = protectionTexts.find(({ name }) => name === protection)?.title ?? protection;
  const interval = `${rate.lowPerThousand.toFixed(0)}–${rate.highPerThousand.toFixed(0)}`;
  const seen = firstAnomaly === undefined ? '' : ` Seen: ${firstAnomaly}.`;
  const numbers = [
    result.operationsPerSecond.toFixed(0),
    result.commandsPerOperation.toFixed(1),
    result.statementsPerOperation.toFixed(1),
    result.connectionMsPerOperation.toFixed(1),
    `${(result.refusedShare * 100).toFixed(0)}%`,
  ];
  return `<tr><td>${text(title)}</td><td class="${result.anomalies > 0 ? 'broken' : 'sound'}">${rate.perThousand.toFixed(0)} (${interval})</td>
<td>${result.p50Ms.toFixed(1)}</td><td>${result.p99Ms.toFixed(1)}</td>
${numbers.map((number) => `<td>${number}</td>`).join('')}<td class="text">${isAsExpected ? '' : '<b>Not as expected.</b> '}${text(because + seen)}</td></tr>`;
}
