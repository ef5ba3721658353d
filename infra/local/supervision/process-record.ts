import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isSystemError } from '../system-error.ts';
import { identify, ownIdentity, type ProcessIdentity } from './process-identity.ts';

/** One server that a stack has started. */
export interface RecordedProcess extends ProcessIdentity {
  readonly name: string;
  /** The signal that makes it end in order. */
  readonly stopSignal: NodeJS.Signals;
}

/** What a stack's folder says about the processes it has started, for the start that finds it abandoned. */
export interface StackRecord {
  readonly owner: ProcessIdentity;
  /** Folders outside the stack's own that go with it. */
  readonly folders: readonly string[];
  readonly processes: readonly RecordedProcess[];
}

const fileName = 'processes.json';

/** The record in a stack's folder; undefined when there is none. */
export function readRecord(folder: string): StackRecord | undefined {
  try {
    // Written by this module alone, by rename, so never half.
    return JSON.parse(readFileSync(join(folder, fileName), 'utf8')) as StackRecord;
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function writeRecord(folder: string, record: StackRecord): void {
  const draft = join(folder, `${fileName}.${process.pid}`);
  writeFileSync(draft, JSON.stringify(record));
  renameSync(draft, join(folder, fileName));
}

/** Makes a folder one of this process, which has started nothing in it yet. */
export function writeOwnership(folder: string): void {
  writeRecord(folder, { owner: ownIdentity(), folders: [], processes: [] });
}

/** Writes down, at once and synchronously, what this process has started in a folder. */
export class ProcessRecorder {
  readonly #folder: string;
  readonly #processes = new Map<string, RecordedProcess>();
  readonly #folders = new Set<string>();

  constructor(folder: string) {
    this.#folder = folder;
    this.#write();
  }

  /** To be called in the tick of the spawn, so that no crash of ours falls in between. */
  started(name: string, pid: number, stopSignal: NodeJS.Signals): void {
    const identity = identify(pid);
    if (identity === undefined) return;
    this.#processes.set(name, { ...identity, name, stopSignal });
    this.#write();
  }

  ended(name: string): void {
    if (!this.#processes.delete(name)) return;
    try {
      this.#write();
    } catch (error) {
      // A clean-up that took us for dead has deleted the folder: nothing is left to be written down.
      if (!isSystemError(error, 'ENOENT')) throw error;
    }
  }

  usesFolder(folder: string): void {
    this.#folders.add(folder);
    this.#write();
  }

  #write(): void {
    writeRecord(this.#folder, {
      owner: ownIdentity(),
      folders: [...this.#folders],
      processes: [...this.#processes.values()],
    });
  }
}
