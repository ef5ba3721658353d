import { logger } from '../../../lib/log.ts';
import { Progress } from '../../demo/progress.ts';
import { startStack } from '../../local/stack.ts';
import type { Command } from '../command.ts';
import { openCrashWorlds } from './crash-world.ts';
import { readOptions, usage } from './options.ts';
import { anomalyLines, matrixTable } from './report.ts';
import { runCrashMatrix } from './run-matrix.ts';

/** As many as two cores keep busy, since most of them wait. */
const worldCount = 6;

/** `npm run torture -- crash`: whether a process that is killed anywhere leaves one effect behind. */
export const crashCommand: Command = {
  summary: 'the process behind each operation killed at every awaited step; its effect must be there once',
  usage,
  async run(argv, { out, interrupted }) {
    const options = readOptions(argv);
    out.write(`torture: crash, seed ${options.seed}${options.sabotage ? ', all broken on purpose' : ''}\n`);
    // On a busy machine operations say that they wait; the results are in the table.
    logger.setLogLevel('SILENT');
    const progress = new Progress(out);
    await using stack = new AsyncDisposableStack();
    stack.defer(() => progress.close());
    progress.begin('stack');
    const urls = await startStack({
      onWorkplace: (workplace) => stack.defer(() => workplace.close()),
      listener: () => undefined,
    });
    const worlds = await openCrashWorlds(worldCount, urls, stack);
    let [trials, found] = [0, 0];
    progress.begin('crash', () => `${trials} trials, ${found} with an anomaly`);
    const result = await runCrashMatrix(worlds, {
      ...options,
      interrupted,
      done: ({ anomalies }) => {
        trials += 1;
        found += anomalies.length > 0 ? 1 : 0;
      },
    });
    progress.close();
    const anomalies = anomalyLines(result);
    const verdict = `torture: ${trials} trials, ${anomalies.length === 0 ? 'no' : anomalies.length} anomalies`;
    out.write(`${[...matrixTable(result.crashes), ...anomalies, verdict].join('\n')}\n`);
    return anomalies.length === 0;
  },
};
