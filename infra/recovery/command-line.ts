import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { UsageError } from './usage-error.ts';

/**
 * Reads options, and nothing but options.
 *
 * @throws UsageError
 */
export function readOptions<T extends ParseArgsOptionsConfig>(argv: readonly string[], options: T) {
  try {
    return parseArgs({ args: [...argv], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new UsageError(message.split('\n')[0]);
  }
}

/** @throws UsageError unless it is a whole number from 1 to `most` */
export function wholeNumber(name: string, text: string, most: number): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > most)
    throw new UsageError(`--${name}: ${text} is not a whole number from 1 to ${most}`);
  return value;
}

/** What a command does: its exit code is 0, or 1 when something is left that a person has to look at. */
export type Command = (argv: readonly string[]) => Promise<0 | 1>;

/** Runs a command to its exit code: 2 when the command line makes no sense, 1 when it failed. */
export async function runCommand(name: string, usage: string, command: Command): Promise<number> {
  const argv = process.argv.slice(2);
  if (argv.includes('--help')) {
    console.log(usage);
    return 0;
  }
  try {
    return await command(argv);
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(`${name}: ${error.message}\n${usage}`);
      return 2;
    }
    console.error(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  }
}
