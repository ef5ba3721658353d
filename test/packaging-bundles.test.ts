import { execFile } from 'node:child_process';
import { join, posix } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as v from 'valibot';
import { packagedFunctions, routesOf, ServiceCopy, type Template } from './packaged-service.ts';

/** What is in the archives that deploy, and that each answers when it is started from there. */

let service: ServiceCopy;
let template: Template;
const archives = new Map<string, { folder: string; files: ReadonlyMap<string, string> }>();

beforeAll(async () => {
  service = await ServiceCopy.make();
  template = await service.package();
  for (const name of packagedFunctions(template).keys()) archives.set(name, await service.unpack(name));
}, 240_000);
afterAll(() => service.remove());

const filesOf = (name: string) => archives.get(name)?.files ?? new Map<string, string>();

/** The modules that are loaded with the function, not when it first needs them: all that static imports reach. */
function loadedAtStart(files: ReadonlyMap<string, string>, entry: string): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (path: string) => {
    if (found.has(path) || !files.has(path)) return;
    found.add(path);
    for (const [, specifier = ''] of (files.get(path) ?? '').matchAll(/(?:from|import)\s*"(\.[^"]+)"/g)) {
      visit(posix.join(posix.dirname(path), specifier));
    }
  };
  visit(entry);
  return found;
}

const SourceMap = v.object({ sources: v.array(v.string()) });

/** The source files that went into a bundled module, as its source map tells. */
function sourcesOf(files: ReadonlyMap<string, string>, path: string): readonly string[] {
  return v.parse(SourceMap, JSON.parse(files.get(`${path}.map`) ?? '{"sources":[]}')).sources;
}

const lazyOnly = ['kafkajs', '@aws-sdk/client-secrets-manager'];

describe('an archive', () => {
  test('has its own function and chunks, and those of no other', () => {
    for (const name of packagedFunctions(template).keys()) {
      const foreign = [...filesOf(name).keys()].filter((path) => !path.startsWith(`functions/${name}.`));
      expect({ name, foreign }).toEqual({ name, foreign: [] });
      expect(filesOf(name).has(`functions/${name}.mjs`)).toBe(true);
    }
  });

  test('looks for no script outside of itself', () => {
    for (const [name, { files }] of archives) {
      const modules = [...files].filter(([path]) => path.endsWith('.mjs'));
      const looking = modules.filter(([, text]) => /new URL\([^)]*\.lua/.test(text)).map(([path]) => path);
      expect({ name, looking }).toEqual({ name, looking: [] });
    }
  });

  test('of the waiting room has its scripts inside', () => {
    const text = [...filesOf('enter-queue')]
      .map(([path, content]) => (path.endsWith('.mjs') ? content : ''))
      .join('');
    expect(text).toContain('redis.call(');
  });

  test('loads the clients of Kafka and Secrets Manager when they are needed, not at its start', () => {
    for (const [name, { files }] of archives) {
      const atStart = loadedAtStart(files, `functions/${name}.mjs`);
      const eager = [...atStart].flatMap((path) => sourcesOf(files, path));
      expect(eager.some((source) => source.includes(`functions/${name}.ts`))).toBe(true);
      const early = lazyOnly.filter((client) =>
        eager.some((source) => source.includes(`node_modules/${client}/`)),
      );
      expect({ name, early }).toEqual({ name, early: [] });
    }
  });

  test('loads at most 650 KB at its start', () => {
    for (const [name, { files }] of archives) {
      const paths = [...loadedAtStart(files, `functions/${name}.mjs`)];
      const bytes = paths.reduce((sum, path) => sum + Buffer.byteLength(files.get(path) ?? ''), 0);
      expect({ name, bytes, light: bytes > 0 && bytes <= 650_000 }).toEqual({ name, bytes, light: true });
    }
  });

  test.each(lazyOnly)('of the relay has %s in a chunk of its own', (client) => {
    const files = filesOf('relay-outbox');
    const all = [...files.keys()]
      .filter((path) => path.endsWith('.mjs'))
      .flatMap((path) => sourcesOf(files, path));
    expect(all.some((source) => source.includes(`node_modules/${client}/`))).toBe(true);
  });
});

describe('a function started from its archive', () => {
  test('answers every route: 401 without a token, or, where none is needed, that there is nothing', async () => {
    const requests = routesOf(template).map(({ key, functionName }) => ({
      key,
      module: join(archives.get(functionName)?.folder ?? '', 'functions', `${functionName}.mjs`),
      event: requestWithoutToken(key),
    }));
    const answers = await startAndAsk(requests);
    const statuses = Object.fromEntries(
      Object.entries(answers).map(([key, { statusCode }]) => [key, statusCode]),
    );
    expect(statuses).toEqual(Object.fromEntries(requests.map(({ key }) => [key, expectedStatus(key)])));
    const refusals = Object.values(answers).filter(({ statusCode }) => statusCode === 401);
    for (const { headers, body } of refusals) {
      expect(headers).toMatchObject({ 'www-authenticate': 'Bearer', 'cache-control': 'no-store' });
      expect(JSON.parse(body ?? '')).toMatchObject({ type: 'urn:problem:unauthenticated', status: 401 });
    }
  }, 120_000);

  test.each([
    'consume-reservation-events',
    'consume-reservation-requests',
    'relay-outbox',
    'sweep',
    'migrate',
  ])('%s has its handler', async (name) => {
    const module = join(archives.get(name)?.folder ?? '', 'functions', `${name}.mjs`);
    expect(await startAndAsk([{ key: name, module }])).toEqual({ [name]: { handler: 'function' } });
  });
});

describe('SABOTAGE', () => {
  test('is refused by every command but offline', async () => {
    await expect(service.package([], { SABOTAGE: 'anything' })).rejects.toThrow(/SABOTAGE=anything is set/);
  }, 120_000);
});

/** Public: 404 for an id that cannot be one, 503 for want of a database. All others: 401. */
function expectedStatus(key: string): number {
  if (key === 'GET /health' || key === 'GET /performances') return 503;
  return key.startsWith('GET /performances') && !key.endsWith('/me') ? 404 : 401;
}

/** A request as API Gateway sends it (payload format 2.0), whose path names things that cannot exist. */
function requestWithoutToken(key: string): object {
  const [method = '', path = ''] = key.split(' ');
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const rawPath = path.replaceAll(/\{\w+\}/g, 'no%20id');
  return {
    version: '2.0',
    routeKey: key,
    rawPath,
    rawQueryString: '',
    headers: { accept: '*/*', host: 'example.execute-api.ap-northeast-2.amazonaws.com' },
    ...(names.length === 0
      ? {}
      : { pathParameters: Object.fromEntries(names.map((name) => [name, 'no id'])) }),
    requestContext: {
      accountId: '123456789012',
      apiId: 'example',
      domainName: 'example.execute-api.ap-northeast-2.amazonaws.com',
      domainPrefix: 'example',
      http: { method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'test' },
      requestId: 'JKJaXmPLvHcESHA=',
      routeKey: key,
      stage: '$default',
      time: '23/Nov/2026:10:00:00 +0000',
      timeEpoch: 1795428000000,
    },
    isBase64Encoded: false,
  };
}

interface Asked {
  readonly key: string;
  readonly module: string;
  readonly event?: object;
}
const Answers = v.record(
  v.string(),
  v.object({
    statusCode: v.optional(v.number()),
    headers: v.optional(v.record(v.string(), v.string())),
    body: v.optional(v.string()),
    handler: v.optional(v.string()),
  }),
);

/** Starts the modules in a process of their own, whose servers are all out of reach, and asks each for an answer. */
async function startAndAsk(asked: readonly Asked[]): Promise<v.InferOutput<typeof Answers>> {
  const program = `
    const answers = {};
    for (const { key, module, event } of JSON.parse(process.argv[1])) {
      const { handler } = await import(module);
      const context = { awsRequestId: 'c6af9ac6-7b61-11e6-9a41-93e8deadbeef', getRemainingTimeInMillis: () => 10000 };
      answers[key] = event ? await handler(event, context) : { handler: typeof handler };
    }
    process.stdout.write('\\n' + JSON.stringify(answers) + '\\n', () => process.exit(0));`;
  const environment = {
    REDIS_URL: 'redis://127.0.0.1:1',
    DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
    KAFKA_BROKERS: '127.0.0.1:1',
    RECEIPT_KEY: 'a key for nothing but this very test',
    AUTH_ISSUER: 'http://127.0.0.1/concert-reservation',
    AUTH_AUDIENCE: 'concert-reservation',
    AUTH_JWKS: '{"keys":[]}',
    AWS_REGION: 'ap-northeast-2',
  };
  const programArguments = ['--input-type=module', '--eval', program, JSON.stringify(asked)];
  const { stdout } = await promisify(execFile)(process.execPath, programArguments, {
    env: environment,
    timeout: 60_000,
  });
  const lastLine = stdout.trimEnd().split('\n').at(-1) ?? '';
  return v.parse(Answers, JSON.parse(lastLine));
}
