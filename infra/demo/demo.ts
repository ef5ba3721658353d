import { type DemoOptions, readOptions, UsageError, usage } from './options.ts';
import { runDemo } from './run-demo.ts';
import { listSpecimens } from './sabotage.ts';

/**
 * 0: every invariant held. 1: one did not, or the demo could not run. 2: the command line makes no sense.
 * Exits at once: after an interruption the crowd would go on for a while, and find nobody to talk to.
 */
process.exit(await main(process.argv.slice(2)));

async function main(argv: readonly string[]): Promise<number> {
  const options = await understood(argv);
  if (typeof options === 'number') return options;
  const interrupted = new AbortController();
  const interrupt = () => {
    interrupted.abort(new Error('interrupted'));
  };
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    return (await runDemo(options, interrupted.signal)) ? 0 : 1;
  } catch (error) {
    console.error(`demo: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

/** The options, or the exit code when there is nothing to run. */
async function understood(argv: readonly string[]): Promise<DemoOptions | number> {
  try {
    const options = readOptions(argv, await listSpecimens());
    if (options !== 'help') return options;
    console.log(usage);
    return 0;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`demo: ${error.message}`);
    return 2;
  }
}
