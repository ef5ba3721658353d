import { join } from 'node:path';
import { type TestProcess, testProcess } from '../../testing/child-process.ts';

const program = join(import.meta.dirname, 'contender.ts');

export type LockProcess = TestProcess;

/** Starts `contender.ts` in a process of its own. */
export const lockProcess = (...args: readonly (string | number)[]): LockProcess =>
  testProcess(program, ...args);
