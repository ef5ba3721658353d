import { idPattern } from '../../lib/ids.ts';

interface TokenArguments {
  readonly admin: boolean;
  readonly ttlSeconds: number;
  readonly subjects: readonly string[];
}

/** Whole seconds, negative ones too, within what a token's times can say. */
function parseSeconds(text: string | undefined): number {
  if (text === undefined || !/^-?\d{1,10}$/.test(text)) throw new Error('--ttl wants whole seconds');
  return Number(text);
}

/**
 * Reads the command line. A subject may begin with a dash when it stands behind `--`.
 *
 * @throws with one line that says what is wrong
 */
export function parseTokenArguments(args: readonly string[]): TokenArguments {
  let admin = false;
  let ttlSeconds = 3_600;
  const subjects: string[] = [];
  const rest = [...args];
  for (let next = rest.shift(); next !== undefined; next = rest.shift()) {
    if (next === '--') subjects.push(...rest.splice(0));
    else if (next === '--admin') admin = true;
    else if (next === '--ttl') ttlSeconds = parseSeconds(rest.shift());
    else if (next.startsWith('--ttl=')) ttlSeconds = parseSeconds(next.slice('--ttl='.length));
    else if (next.startsWith('-')) throw new Error(`unknown option ${next}`);
    else subjects.push(next);
  }
  if (subjects.length === 0) throw new Error('no SUB');
  const wrong = subjects.find((subject) => !idPattern.test(subject));
  if (wrong !== undefined) throw new Error(`${JSON.stringify(wrong)} cannot be a user`);
  return { admin, ttlSeconds, subjects };
}
