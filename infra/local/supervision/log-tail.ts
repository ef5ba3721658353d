import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const tailBytes = 4_096;

/** The end of a log on one line, to be shown in an error. */
export function lastLines(file: string, lines = 5): string {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch {
    // A server that could not be started at all has written nothing.
    return `nothing in ${file}`;
  }
  try {
    const { size } = fstatSync(descriptor);
    const buffer = Buffer.alloc(Math.min(size, tailBytes));
    readSync(descriptor, buffer, 0, buffer.length, size - buffer.length);
    const tail = buffer.toString('utf8').trim().split('\n').slice(-lines).join(' | ');
    return `${tail} (${file})`;
  } finally {
    closeSync(descriptor);
  }
}
