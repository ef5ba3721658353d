import { mkdir, writeFile } from 'node:fs/promises';
import { logger } from '../../lib/log.ts';
import { Progress } from '../demo/progress.ts';
import { givenUrls } from '../local/given-urls.ts';
import { type StackUrls, startStack } from '../local/stack.ts';
import type { Workplace } from '../local/supervision/workplace.ts';
import { type LabOptions, readOptions, UsageError, usage } from './options.ts';
import { reportPage } from './report/page.ts';
import { hazardTable, troubleTable } from './report/table.ts';
import { failures, runLab } from './run-lab.ts';

// What the project warns of is what the troubles are made to cause.
logger.setLogLevel('SILENT');

const folder = new URL('../../docs/lab/', import.meta.url);

/**
 * 0: every cell was as expected. 1: one was not, or the laboratory could not run. 2: the command line makes no
 * sense. Exits at once: an interrupted start may still wait for servers that have been stopped.
 */
process.exit(await main(process.argv.slice(2)));

async function main(argv: readonly string[]): Promise<number> {
  try {
    const options = readOptions(argv);
    if (options !== 'help') return await race(options);
    console.log(usage);
    return 0;
  } catch (error) {
    console.error(`lab: ${error instanceof Error ? error.message : String(error)}`);
    return error instanceof UsageError ? 2 : 1;
  }
}

async function race(options: LabOptions): Promise<number> {
  // With --json the standard output carries the results alone.
  const out = options.json ? process.stderr : process.stdout;
  out.write(`lab: ${options.runs} runs a cell, seed ${options.seed}\n`);
  const progress = new Progress(out);
  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort(new Error('interrupted'));
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  const workplaces: Workplace[] = [];
  try {
    progress.begin('stack');
    const onWorkplace = (workplace: Workplace) => void workplaces.push(workplace);
    const stack = await Promise.race([
      startStack({ given: givenUrls(process.env), onWorkplace }),
      rejectOn(interrupted.signal),
    ]);
    return await raceAll(stack, options, { out, progress, interrupted: interrupted.signal });
  } finally {
    progress.close();
    for (const workplace of workplaces) await workplace.close();
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

function rejectOn(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  // Raced once; an interruption that comes later is seen by the races.
  promise.catch(() => undefined);
  return promise;
}

interface Surroundings {
  readonly out: NodeJS.WriteStream;
  readonly progress: Progress;
  readonly interrupted: AbortSignal;
}

async function raceAll(
  stack: StackUrls,
  options: LabOptions,
  { out, progress, interrupted }: Surroundings,
): Promise<number> {
  const clearLine = out.isTTY ? '\r\x1b[K' : '';
  const results = await runLab(stack, options, {
    progress,
    interrupted,
    done: (hazard, cells) => out.write(`${clearLine}${hazardTable(hazard, cells).join('\n')}\n`),
  });
  progress.close();
  if (options.json) console.log(JSON.stringify(results, undefined, 2));
  if (!options.quick) {
    await mkdir(folder, { recursive: true });
    await writeFile(new URL('results.json', folder), `${JSON.stringify(results, undefined, 2)}\n`);
    await writeFile(new URL('report.html', folder), reportPage(results));
  }
  const failed = failures(results);
  for (const line of failed) out.write(`FAILED ${line}\n`);
  for (const line of troubleTable(results.troubled)) out.write(`${line}\n`);
  const seconds = results.elapsedSeconds.toFixed(0);
  const total = results.cells.length + results.troubled.length;
  out.write(`lab: ${total - failed.length} of ${total} cells as expected, ${seconds} s\n`);
  return failed.length === 0 ? 0 : 1;
}
