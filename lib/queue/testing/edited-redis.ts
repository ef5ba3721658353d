import { createHash } from 'node:crypto';
import { type Command, Redis } from 'ioredis';

/** Rewrites a Lua source. */
export type ScriptEdit = (source: string) => string;

/** No script has it, so a server that is asked for it answers NOSCRIPT. */
const unknownDigest = '0'.repeat(40);

/**
 * A client whose scripts are rewritten on their way to the server: so the operations run as they are, and tests
 * set the clock or break a protection without any switch in them.
 */
export class EditedRedis extends Redis {
  readonly #edit: ScriptEdit;
  readonly #digests = new Map<string, string>();

  constructor(url: string, edit: ScriptEdit) {
    super(url, { lazyConnect: true, maxRetriesPerRequest: 1 });
    this.#edit = edit;
  }

  override sendCommand(...[command, stream]: Parameters<Redis['sendCommand']>): unknown {
    if (command.name === 'evalsha') this.#replaceDigest(command);
    if (command.name === 'eval') this.#replaceSource(command);
    return super.sendCommand(command, stream);
  }

  #replaceDigest(command: Command): void {
    command.args[0] = this.#digests.get(String(command.args[0])) ?? unknownDigest;
  }

  #replaceSource(command: Command): void {
    const source = String(command.args[0]);
    const edited = this.#edit(source);
    this.#digests.set(digestOf(source), digestOf(edited));
    command.args[0] = edited;
  }
}

const digestOf = (source: string) => createHash('sha1').update(source).digest('hex');
