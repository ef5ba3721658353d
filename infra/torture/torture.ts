import { UsageError } from '../demo/options.ts';
import { commands } from './commands.ts';

/**
 * 0: nothing was found. 1: something was, or it could not run. 2: the command line makes no sense.
 * Exits at once: after an interruption the load would go on for a while, and find nobody to talk to.
 */
process.exit(await main(process.argv.slice(2)));

async function main(argv: readonly string[]): Promise<number> {
  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort(new Error('interrupted'));
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    return await run(argv, interrupted.signal);
  } catch (error) {
    console.error(`torture: ${error instanceof Error ? error.message : String(error)}`);
    return error instanceof UsageError ? 2 : 1;
  }
}

async function run(argv: readonly string[], interrupted: AbortSignal): Promise<number> {
  const [first = ''] = argv;
  const [name, rest] = first === '' || first.startsWith('-') ? ['faults', argv] : [first, argv.slice(1)];
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined)
    throw new UsageError(`there is no ${name}, only ${Object.keys(commands).join(', ')}`);
  if (rest.includes('--help')) {
    console.log(first === '--help' ? usage() : command.usage);
    return 0;
  }
  const out = rest.includes('--json') ? process.stderr : process.stdout;
  return (await command.run(rest, { out, interrupted })) ? 0 : 1;
}

function usage(): string {
  const lines = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(10)} ${summary}`);
  return [
    'npm run torture -- [command] [options]; without a command: faults',
    ...lines,
    '  --help after a command names its options',
  ].join('\n');
}
