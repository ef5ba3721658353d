import { createHash } from 'node:crypto';
import { Cluster, type Command, Redis } from 'ioredis';
import type { RedisClient } from '../../redis/client.ts';

/** Rewrites a Lua source. */
export type ScriptEdit = (source: string) => string;

/** What a script is given as its last ARGV: read by a command of its own, some time before the script runs. */
export type ReadFirst = (redis: RedisClient, keys: readonly string[]) => Promise<number>;

/** No script has it, so a server that is asked for it answers NOSCRIPT. */
const unknownDigest = '0'.repeat(40);

/** Rewrites the scripts of one client. */
class ScriptEditor {
  /** Every source that was sent, as it was sent. */
  readonly sources = new Set<string>();
  readonly #edit: ScriptEdit;
  readonly #digests = new Map<string, string>();

  constructor(edit: ScriptEdit) {
    this.#edit = edit;
  }

  rewrite(command: Command): void {
    if (command.name === 'evalsha') {
      command.args[0] = this.#digests.get(String(command.args[0])) ?? unknownDigest;
    }
    if (command.name === 'eval') {
      const source = String(command.args[0]);
      const edited = this.#edit(source);
      this.#digests.set(digestOf(source), digestOf(edited));
      this.sources.add(edited);
      command.args[0] = edited;
    }
  }
}

const digestOf = (source: string) => createHash('sha1').update(source).digest('hex');

/**
 * A client whose scripts are rewritten on their way to the server: so the operations run as they are, and tests
 * set the clock or break a protection without any switch in them.
 */
export class EditedRedis extends Redis {
  readonly #editor: ScriptEditor;
  readonly #readFirst: ReadFirst | undefined;

  constructor(url: string, edit: ScriptEdit, readFirst?: ReadFirst) {
    // It comes back as soon as the project's own client does.
    const retryStrategy = (attempt: number) => Math.min(attempt * 50, 500);
    super(url, { lazyConnect: true, maxRetriesPerRequest: 1, retryStrategy });
    this.#editor = new ScriptEditor(edit);
    this.#readFirst = readFirst;
  }

  override sendCommand(...[command, stream]: Parameters<Redis['sendCommand']>): unknown {
    this.#editor.rewrite(command);
    if (!this.#readFirst || !command.name.startsWith('eval')) return super.sendCommand(command, stream);
    const keys = command.args.slice(2, 2 + Number(command.args[1])).map(String);
    const send = (value: number) => {
      command.args.push(String(value));
      // How it ends is told by the promise of the command, which the caller has.
      void super.sendCommand(command, stream);
    };
    this.#readFirst(this, keys).then(send, command.reject);
    return command.promise;
  }

  async forgetScripts(): Promise<void> {
    await this.script('FLUSH');
  }
}

/** The same for a cluster. */
export class EditedCluster extends Cluster {
  readonly #editor: ScriptEditor;

  constructor(url: string, edit: ScriptEdit) {
    super([url], { lazyConnect: true, redisOptions: { maxRetriesPerRequest: 1 } });
    this.#editor = new ScriptEditor(edit);
  }

  override sendCommand(...[command, stream, node]: Parameters<Cluster['sendCommand']>): unknown {
    this.#editor.rewrite(command);
    return super.sendCommand(command, stream, node);
  }

  /** What one node was sent, the others know too from now on. */
  async shareScripts(): Promise<void> {
    for (const node of this.nodes('master')) {
      for (const source of this.#editor.sources) await node.script('LOAD', source);
    }
  }

  async forgetScripts(): Promise<void> {
    for (const node of this.nodes('master')) await node.script('FLUSH');
  }
}

export type EditedClient = EditedRedis | EditedCluster;
