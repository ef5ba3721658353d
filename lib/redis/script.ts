import { createHash } from 'node:crypto';
import { Cluster, Command, Redis, ReplyError } from 'ioredis';
import { within } from '../deadline.ts';
import { DependencyError } from '../errors.ts';
import type { RedisClient } from './client.ts';
import { connected, forgetCommand } from './connected.ts';
import { noteFailure, noteSuccess } from './failures.ts';

/** A Lua script with its typed answer. Runs on one slot: all `keys` share a hash tag. */
export type Script<Reply> = (
  redis: RedisClient,
  keys: readonly string[],
  args: readonly (string | number)[],
) => Promise<Reply>;

/**
 * Makes a Lua source callable: `EVALSHA`, and `EVAL` when the server has not seen it (`NOSCRIPT`), which also
 * caches it there. Two commands in the worst case, one round trip in every other.
 *
 * @param source the Lua text, kept in a file of its own beside its wrapper
 * @param decode turns the raw reply into a named tuple, and rejects what it does not know
 * @throws DependencyError when Redis cannot be reached, does not answer in time, or cannot serve now
 */
export function defineScript<Reply>(source: string, decode: (reply: unknown) => Reply): Script<Reply> {
  return define(source, (redis, command, args) => redis.call(command, args), decode);
}

/**
 * The same for a script whose reply is one string of bytes.
 *
 * @throws TypeError when the script replies with anything else
 * @throws DependencyError as above
 */
export function defineBytesScript<Reply>(source: string, decode: (reply: Buffer) => Reply): Script<Reply> {
  const send: Send = (redis, command, args) => redis.callBuffer(command, args);
  return define(source, send, (reply) => {
    if (!Buffer.isBuffer(reply))
      throw new TypeError(`the script replied with ${typeof reply}, not with bytes`);
    return decode(reply);
  });
}

export interface PreparedOptions {
  /** Those who hear what the script publishes are written to before its caller is. One server only. */
  readonly answersCallerLast?: boolean;
}

/** Makes a call of a script ready, to be sent when it is needed. */
export type PreparedScript<Reply> = (
  redis: RedisClient,
  keys: readonly string[],
  args: readonly (string | number)[],
  options?: PreparedOptions,
) => () => Promise<Reply>;

/**
 * The same for a script that somebody waits for: its command is made before it is sent. What comes back may be called
 * again.
 *
 * @throws DependencyError as above, when it is sent
 */
export function definePreparedScript<Reply>(
  source: string,
  decode: (reply: unknown) => Reply,
): PreparedScript<Reply> {
  const script = defineScript(source, decode);
  const digest = digestOf(source);
  return (redis, keys, args, { answersCallerLast = false } = {}) => {
    const operands = [keys.length, ...keys, ...args] as const;
    // A command can be sent once.
    let ready: (() => Promise<unknown>) | undefined =
      answersCallerLast && redis instanceof Redis
        ? prepareBehindPing(redis, digest, operands)
        : prepareAlone(redis, digest, operands);
    return async () => {
      const send = ready;
      ready = undefined;
      if (send === undefined) return script(redis, keys, args);
      try {
        return decode(await callRedis(redis, send));
      } catch (error) {
        if (!hasCode(error, 'NOSCRIPT')) throw error;
        return script(redis, keys, args);
      }
    };
  };
}

type Operands = readonly [keyCount: number, ...(string | number)[]];

function prepareAlone(redis: RedisClient, digest: string, operands: Operands): () => Promise<unknown> {
  const command = new Command('evalsha', [digest, ...operands], { replyEncoding: 'utf8' });
  return () => {
    redis.sendCommand(command);
    return command.promise;
  };
}

/**
 * In one packet with a `PING`. Redis 7 writes to its clients in the reverse of the order in which they were first owed
 * something (`putClientInPendingWriteQueue`): the caller is owed the `PONG` before anybody is told anything.
 */
function prepareBehindPing(redis: Redis, digest: string, operands: Operands): () => Promise<unknown> {
  const pipeline = redis
    .pipeline()
    .ping()
    .evalsha(digest, ...operands);
  return async () => {
    const [, [error, reply] = []] = (await pipeline.exec()) ?? [];
    if (error) throw error;
    return reply;
  };
}

const digestOf = (source: string) => createHash('sha1').update(source).digest('hex');

type Send = (redis: RedisClient, command: string, args: (string | number)[]) => Promise<unknown>;

function define<Reply>(source: string, send: Send, decode: (reply: unknown) => Reply): Script<Reply> {
  const digest = digestOf(source);
  return async (redis, keys, args) => {
    let reply: unknown;
    try {
      reply = await callRedis(redis, () => send(redis, 'evalsha', [digest, keys.length, ...keys, ...args]));
    } catch (error) {
      if (!hasCode(error, 'NOSCRIPT')) throw error;
      reply = await callRedis(redis, () => send(redis, 'eval', [source, keys.length, ...keys, ...args]));
    }
    return decode(reply);
  };
}

/** For a cluster's client, which follows redirections and tries again; a single server's bounds each command itself. */
const answeredWithinMs = 1_000;

/** Codes with which a server says that it cannot serve now, though the command is in order. */
const temporaryCodes = [
  'WRONGPASS',
  'NOAUTH',
  'NOPERM',
  'LOADING',
  'READONLY',
  'MASTERDOWN',
  'CLUSTERDOWN',
  'TRYAGAIN',
  'BUSY',
  'OOM',
  'MISCONF',
  'NOREPLICAS',
];

/**
 * Runs one or more Redis commands, on a live connection alone, and gives every failure of the service the same type.
 * A reply that says the command itself is wrong is a defect of ours and passes unchanged.
 *
 * @throws DependencyError
 */
export async function callRedis<T>(redis: RedisClient, command: () => Promise<T>): Promise<T> {
  try {
    if (redis.status !== 'ready') await connected(redis);
    const result = await (redis instanceof Cluster ? within(answeredWithinMs, command()) : command());
    noteSuccess(redis);
    return result;
  } catch (error) {
    forgetCommand(error);
    const defect = isReplyError(error) && !temporaryCodes.some((code) => hasCode(error, code));
    if (defect) throw error;
    noteFailure(redis);
    throw error instanceof DependencyError ? error : new DependencyError('redis', error);
  }
}

function hasCode(error: unknown, code: string): boolean {
  return isReplyError(error) && error.message.startsWith(`${code} `);
}

function isReplyError(error: unknown): error is Error {
  return error instanceof ReplyError;
}
