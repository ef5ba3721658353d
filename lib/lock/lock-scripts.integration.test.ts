import { afterEach, describe, expect, test } from '@jest/globals';
import { privateRedis } from '../../infra/bench/private-redis.ts';
import { EditedRedis, type ScriptEdit } from '../queue/testing/edited-redis.ts';
import { failureOf } from '../testing/race.ts';
import { type LockPromiseName, lockPromises, type Trial } from './testing/lock-promises.ts';
import { lockScene } from './testing/lock-scene.ts';
import { lockMutants } from './testing/script-mutants.ts';

const scene = lockScene(() => privateRedis());
let clients: EditedRedis[] = [];

afterEach(() => {
  for (const client of clients) client.disconnect();
  clients = [];
});

/** Tries a promise on locks whose scripts are edited on their way to the server. */
function keep(name: LockPromiseName, kind: Trial['kind'], edit: ScriptEdit): Promise<void> {
  const lock = () => {
    const client = new EditedRedis(scene.server().url, edit);
    clients.push(client);
    return scene.lock(kind, client);
  };
  return lockPromises[name]({
    kind,
    lock,
    redis: scene.redis(),
    resource: scene.resource(),
    untilInLine: (count) => scene.untilInLine(count),
  });
}

const promised = [
  ...new Map(lockMutants.map(({ breaks, kind }) => [`${kind}: ${breaks}`, { breaks, kind }])),
];

describe('the scripts of the locks keep', () => {
  test.each(promised)('%s', async (_, { breaks, kind }) => {
    await expect(keep(breaks, kind, (source) => source)).resolves.toBeUndefined();
  });

  test('every promise that is made', () => {
    const tried = new Set(lockMutants.map(({ breaks }) => breaks));
    expect(Object.keys(lockPromises).filter((name) => !tried.has(name as LockPromiseName))).toEqual([]);
  });
});

describe('a script is found out that has', () => {
  test.each(lockMutants)('$kind: $name', async ({ breaks, kind, edit }) => {
    let isBroken = false;
    const failure = await failureOf(
      keep(breaks, kind, (source) => {
        const edited = edit(source);
        isBroken ||= edited !== source;
        return edited;
      }),
    );
    expect(isBroken).toBe(true);
    // A script that the server cannot run would break every promise, and prove nothing.
    expect(String(failure)).not.toMatch(/ReplyError|Error (?:compiling|running) script/);
  });
});
