import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { keptDataFolder, throwAwayFolder } from '../paths.ts';
import { Guard } from './guard-process.ts';
import { ProcessRecorder, writeOwnership } from './process-record.ts';
import type { Service } from './service.ts';
import { Supervisor, type SupervisorEvents } from './supervisor.ts';

/**
 * A folder, and the servers this process runs in it. Should this process die, its guard cleans up, and should that
 * have been killed too, the next start.
 */
export class Workplace {
  readonly folder: string;
  readonly throwAway: boolean;
  readonly #recorder: ProcessRecorder;
  readonly #outsideFolders: string[] = [];
  readonly #supervisors: Supervisor[] = [];
  #guard: Guard | undefined;
  #isClosed = false;

  private constructor(folder: string, throwAway: boolean) {
    this.folder = folder;
    this.throwAway = throwAway;
    this.#recorder = new ProcessRecorder(folder);
  }

  /** The folder of `npm run dev`, whose data outlive it. At most one process at a time may have it. */
  static kept(): Workplace {
    mkdirSync(keptDataFolder, { recursive: true });
    return new Workplace(keptDataFolder, false);
  }

  /** A folder of one's own that `close` deletes. It appears together with its record, so none is ever orphaned. */
  static throwAway(): Workplace {
    mkdirSync(throwAwayFolder, { recursive: true });
    const draft = mkdtempSync(join(throwAwayFolder, 'new-'));
    // Postgres may have to enter under another account.
    chmodSync(draft, 0o755);
    writeOwnership(draft);
    const folder = join(throwAwayFolder, basename(draft).replace('new-', 'run-'));
    renameSync(draft, folder);
    return new Workplace(folder, true);
  }

  /** A folder elsewhere that goes when this one goes. */
  usesFolder(folder: string): void {
    this.#outsideFolders.push(folder);
    this.#recorder.usesFolder(folder);
  }

  /**
   * Starts a server and keeps it running until `close`.
   *
   * @returns its pid, when it answers
   * @throws when the workplace is closed, be it meanwhile
   */
  async run(service: Service, events: SupervisorEvents): Promise<number> {
    if (this.#isClosed) throw new Error(`${service.name} is not started: everything is being stopped`);
    this.#guard ??= new Guard(this.folder, this.throwAway ? 'throw-away' : 'kept');
    const supervisor = new Supervisor(service, this.#recorder, events);
    this.#supervisors.push(supervisor);
    return supervisor.start();
  }

  /** Kills what runs, without asking; `close` still has to be awaited. */
  kill(): void {
    this.#isClosed = true;
    for (const supervisor of this.#supervisors) supervisor.kill();
  }

  /** Stops all servers, and deletes the folder when it is a throw-away one. May be called again. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#supervisors.map((supervisor) => supervisor.stop()));
    if (this.throwAway) this.#deleteFolders();
    await this.#guard?.dismiss();
  }

  #deleteFolders(): void {
    for (const each of [this.folder, ...this.#outsideFolders])
      rmSync(each, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}
