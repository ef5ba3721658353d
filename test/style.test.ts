import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';

/** A file of the project: its path from the top, with `/`, and its text. */
interface Source {
  readonly path: string;
  readonly text: string;
}

/** Says what is wrong with a file, in one line a fault. */
type Rule = (source: Source) => string[];

const top = join(import.meta.dirname, '..');
const sources: readonly Source[] = globSync('{functions,lib,infra,test}/**/*.{ts,lua,yml,sql}', {
  cwd: top,
}).map((path) => ({ path: path.replaceAll('\\', '/'), text: readFileSync(join(top, path), 'utf8') }));

const lineCount = (text: string) => text.trimEnd().split('\n').length;

const rules: Readonly<Record<string, Rule>> = {
  'a handler has at most 60 lines': ({ path, text }) =>
    /^functions\/[^/]+(?<!\.test)\.ts$/.test(path) && lineCount(text) > 60
      ? [`${lineCount(text)} lines`]
      : [],

  'a file has at most 250 lines': ({ text }) => (lineCount(text) > 250 ? [`${lineCount(text)} lines`] : []),

  'lib stands on itself: it imports neither functions nor infra': ({ path, text }) =>
    path.startsWith('lib/')
      ? [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']*)'/g)]
          .map(([, specifier = '']) => join(path, '..', specifier))
          .filter((imported) => /^(functions|infra)\//.test(imported) && !path.endsWith('.test.ts'))
          .map((imported) => `imports ${imported}`)
      : [],

  'nothing lies in a drawer called utils, helpers, common or misc': ({ path }) =>
    path
      .split('/')
      .filter((step) => /^(utils?|helpers?|common|misc)(\.|$)/.test(step))
      .map((step) => `a place named ${step}`),

  'the header of a Lua script names the KEYS and ARGV that its body reads, and no other': ({ path, text }) =>
    // A specimen of sabotage takes what the right script takes, and may leave some of it unread on purpose.
    path.endsWith('.lua') && !path.startsWith('infra/demo/sabotage/')
      ? [...operandFaults('KEYS', text), ...operandFaults('ARGV', text)]
      : [],
};

/**
 * Compares the operands that the leading comment of a script names with those its body reads. In the header
 * `ARGV[3…]` or `KEYS[3], [4]; …` stands for all from the third on, and `KEYS` at the beginning of a line for all
 * of them: the body then reads these by an index that is computed.
 */
function operandFaults(array: 'KEYS' | 'ARGV', script: string): string[] {
  const comment = /^(?:--.*\n)+/.exec(script)?.[0] ?? '';
  const body = script.slice(comment.length).replaceAll(/--.*$/gm, '');
  const header = comment.replaceAll(new RegExp(`^-- ${array} `, 'gm'), `-- ${array}[1…] `);
  const rest = new RegExp(`${array}\\[(\\d+)(?:…\\]|\\][\\s,;[\\]\\d]*…)`, 'g');
  const [restFrom] = matches(header, rest);
  const named = matches(header.replaceAll(rest, ''), new RegExp(`${array}\\[(\\d+)\\]`, 'g'));
  const read = matches(body, new RegExp(`${array}\\[(\\d+)\\]`, 'g'));
  const readsRest = new RegExp(`#${array}\\b|\\b${array}\\[(?!\\d+\\])|[(,]\\s*${array}\\s*[,)]`).test(body);
  const isNamed = (operand: string) => named.has(operand) || Number(operand) >= Number(restFrom ?? Infinity);
  return [
    ...[...named].filter((operand) => !read.has(operand)).map((n) => `${array}[${n}] is named but not read`),
    ...[...read].filter((operand) => !isNamed(operand)).map((n) => `${array}[${n}] is read but not named`),
    ...(restFrom !== undefined && !readsRest ? [`${array}[${restFrom}…] is named but not read`] : []),
    ...(restFrom === undefined && readsRest
      ? [`${array} is read by an index that the header does not name`]
      : []),
  ];
}

const matches = (text: string, pattern: RegExp) =>
  new Set([...text.matchAll(pattern)].map(([, group = '']) => group));

describe('the project', () => {
  test('has files to look at', () => {
    const kinds = new Set(sources.map(({ path }) => path.replace(/.*\./, '')));
    expect([...kinds].toSorted()).toEqual(expect.arrayContaining(['lua', 'ts', 'yml']));
  });

  test.each(Object.entries(rules))('%s', (_, rule) => {
    const faults = sources.flatMap((source) => rule(source).map((fault) => `${source.path}: ${fault}`));
    expect(faults).toEqual([]);
  });
});

describe('the rules find', () => {
  const bad: readonly (readonly [rule: string, source: Source, fault: string])[] = [
    ['a handler has at most 60 lines', { path: 'functions/x.ts', text: 'a;\n'.repeat(61) }, '61 lines'],
    ['a file has at most 250 lines', { path: 'lib/x.ts', text: 'a;\n'.repeat(251) }, '251 lines'],
    [
      'lib stands on itself: it imports neither functions nor infra',
      { path: 'lib/seats/x.ts', text: "import { y } from '../../infra/y.ts';" },
      'imports infra/y.ts',
    ],
    [
      'lib stands on itself: it imports neither functions nor infra',
      { path: 'lib/x.ts', text: "await import('../functions/y.ts')" },
      'imports functions/y.ts',
    ],
    [
      'nothing lies in a drawer called utils, helpers, common or misc',
      { path: 'lib/utils/x.ts', text: '' },
      'a place named utils',
    ],
    [
      'nothing lies in a drawer called utils, helpers, common or misc',
      { path: 'lib/seats/helpers.ts', text: '' },
      'a place named helpers.ts',
    ],
    ...(
      [
        ['-- ARGV[1] a\nreturn 1', 'ARGV[1] is named but not read'],
        ['-- ARGV[1] a\n-- ARGV[2] b\nreturn ARGV[1] -- ARGV[2]', 'ARGV[2] is named but not read'],
        ['-- does it\nreturn KEYS[2]', 'KEYS[2] is read but not named'],
        ['-- KEYS  all\nreturn KEYS[1]', 'KEYS[1…] is named but not read'],
        ['-- KEYS[1] one\nreturn #KEYS + KEYS[1]', 'KEYS is read by an index that the header does not name'],
      ] as const
    ).map(([text, fault]) => {
      const rule = 'the header of a Lua script names the KEYS and ARGV that its body reads, and no other';
      return [rule, { path: 'lib/x.lua', text }, fault] as const;
    }),
  ];

  test.each(bad)('%s: %j', (rule, source, fault) => {
    expect(rules[rule]?.(source)).toEqual([fault]);
  });

  test.each([
    '-- KEYS[1] one, KEYS[2] two\n-- ARGV[1] a\nreturn KEYS[1] .. KEYS[2] .. ARGV[1]',
    '-- KEYS[1] fence\n-- KEYS[2], [3]; … lock and line\nf(KEYS[1], KEYS[2])\nfor i = 4, #KEYS do end',
    '-- KEYS  all\nfor i, key in ipairs(KEYS) do end',
    '-- ARGV[1] a\n-- ARGV[2…] rest\nlocal a = ARGV[1]\nfor i = 2, #ARGV do f(ARGV[i]) end',
    'return 1',
  ])('nothing wrong with %j', (text) => {
    const path = 'lib/x.lua';
    expect(Object.values(rules).flatMap((rule) => rule({ path, text }))).toEqual([]);
  });
});
