import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { build } from 'esbuild';
import plugins from './plugins.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'concert-sabotage-'));
  await write('functions/pay.ts', "import { pay } from '../lib/wallet/pay.ts'; export const result = pay();");
  await write(
    'lib/wallet/pay.ts',
    "import { lock } from './lock.ts'; export const pay = () => lock + ' pay';",
  );
  await write('lib/wallet/lock.ts', `${readsScript} export const lock = 'lock ' + script;`);
  await write('lib/wallet/x.lua', 'right');
});
afterEach(async () => {
  delete process.env['SABOTAGE'];
  await rm(folder, { recursive: true, force: true });
});

const readsScript =
  "import { readFileSync } from 'node:fs'; const script = readFileSync(new URL('./x.lua', import.meta.url), 'utf8');";

async function write(path: string, text: string) {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text);
}

/** What the function says when it is built by `serverless <command>`, with or without sabotage. */
async function resultOf(sabotage: string | undefined, command = 'offline'): Promise<unknown> {
  if (sabotage !== undefined) process.env['SABOTAGE'] = sabotage;
  const { outputFiles } = await build({
    entryPoints: [join(folder, 'functions/pay.ts')],
    outdir: join(folder, 'out'),
    bundle: true,
    write: false,
    format: 'esm',
    splitting: true,
    platform: 'node',
    logLevel: 'silent',
    plugins: plugins({ processedInput: { commands: [command] }, serviceDir: folder }),
  });
  const code = outputFiles.find(({ path }) => path.endsWith('pay.js'))?.text ?? '';
  const built: { result: unknown } = await import(`data:text/javascript,${encodeURIComponent(code)}`);
  return built.result;
}

describe('without SABOTAGE', () => {
  test.each(['offline', 'package', 'deploy'])(
    '"%s" builds what is right, whatever specimens there are',
    async (command) => {
      await write('infra/demo/sabotage/no-lock/wallet/lock.ts', "export const lock = 'no';");
      expect(await resultOf(undefined, command)).toBe('lock right pay');
    },
  );
});

describe('with SABOTAGE', () => {
  test('a module stands in for the one at its place', async () => {
    await write('infra/demo/sabotage/no-lock/wallet/lock.ts', "export const lock = 'no';");
    expect(await resultOf('no-lock')).toBe('no pay');
  });

  test('a script does too', async () => {
    await write('infra/demo/sabotage/bad-script/wallet/x.lua', 'wrong');
    expect(await resultOf('bad-script')).toBe('lock wrong pay');
  });

  test('a module may import what it stands in for, and what lies beside that', async () => {
    await write(
      'infra/demo/sabotage/wrapped/wallet/pay.ts',
      `import { pay as right } from '../../../../../lib/wallet/pay.ts';
       import { lock } from '../../../../../lib/wallet/lock.ts';
       export const pay = () => 'twice: ' + right() + ', ' + lock;`,
    );
    expect(await resultOf('wrapped')).toBe('twice: lock right pay, lock right');
  });

  test('a module that loads a script has the right one, unless the specimen brings its own', async () => {
    await write(
      'infra/demo/sabotage/own/wallet/lock.ts',
      `${readsScript} export const lock = 'no ' + script;`,
    );
    expect(await resultOf('own')).toBe('no right pay');
    await write('infra/demo/sabotage/own/wallet/x.lua', 'wrong');
    expect(await resultOf('own')).toBe('no wrong pay');
  });

  test.each(['package', 'deploy', 'invoke'])('"%s" is refused', async (command) => {
    await write('infra/demo/sabotage/no-lock/wallet/lock.ts', "export const lock = 'no';");
    await expect(resultOf('no-lock', command)).rejects.toThrow('SABOTAGE=no-lock is set');
  });

  test('a name that is not known is refused, and the known ones are told', async () => {
    await write('infra/demo/sabotage/no-lock/wallet/lock.ts', '');
    await expect(resultOf('nolock')).rejects.toThrow(
      'no sabotage "nolock" in infra/demo/sabotage; there are: no-lock',
    );
    await expect(resultOf('')).rejects.toThrow('no sabotage ""');
  });

  test('a specimen that stands in for nothing is refused', async () => {
    await write('infra/demo/sabotage/stray/wallet/locks.ts', '');
    await expect(resultOf('stray')).rejects.toThrow('stands in for nothing: no lib/wallet/locks.ts');
  });

  test('a specimen without a file is refused', async () => {
    await write('infra/demo/sabotage/empty/README.md', '');
    await expect(resultOf('empty')).rejects.toThrow('it would break nothing');
  });
});
