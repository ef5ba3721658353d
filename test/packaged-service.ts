import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import * as v from 'valibot';

const top = join(import.meta.dirname, '..');
/** The framework's own readers: whatever it packages with them is read back with them. */
const requireOf = (packageName: string) =>
  createRequire(join(top, 'node_modules', packageName, 'package.json'));

/** What is read of the compiled CloudFormation template. */
const CompiledTemplate = v.looseObject({
  Resources: v.record(
    v.string(),
    v.looseObject({ Type: v.string(), Properties: v.optional(v.record(v.string(), v.unknown()), {}) }),
  ),
});
export type Template = v.InferOutput<typeof CompiledTemplate>;
export type Resource = Template['Resources'][string];

/** What is used of jszip. */
interface Zip {
  loadAsync: (archive: Buffer) => Promise<{
    files: Record<string, { dir: boolean; async: (type: 'string') => Promise<string> }>;
  }>;
}

/** A copy of the service in a folder of its own, so that packaging touches no local run and no other test. */
export class ServiceCopy {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** The caller removes it with `remove()`. */
  static async make(): Promise<ServiceCopy> {
    const folder = await mkdtemp(join(tmpdir(), 'concert-package-'));
    for (const name of ['functions', 'lib', 'infra', 'serverless.yml', 'package.json', 'tsconfig.json']) {
      await cp(join(top, name), join(folder, name), { recursive: true });
    }
    await symlink(join(top, 'node_modules'), join(folder, 'node_modules'));
    return new ServiceCopy(folder);
  }

  /**
   * Runs `serverless package`, without an account: what the AWS SDK would find one in is taken away.
   *
   * @throws Error with what it printed when it fails, or takes longer than two minutes
   */
  async package(
    args: readonly string[] = [],
    environment: Readonly<Record<string, string>> = {},
  ): Promise<Template> {
    const { PATH = '', HOME = '' } = process.env;
    const serverless = join(top, 'node_modules/serverless/bin/serverless.js');
    await promisify(execFile)(process.execPath, [serverless, 'package', ...args], {
      cwd: this.folder,
      env: {
        PATH,
        HOME,
        AWS_EC2_METADATA_DISABLED: 'true',
        AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
        ...environment,
      },
      timeout: 120_000,
    }).catch((error: Error & { stdout?: string; stderr?: string }) => {
      throw new Error(`${error.message}\n${error.stdout ?? ''}${error.stderr ?? ''}`, { cause: error });
    });
    const compiled = join(this.folder, '.serverless/cloudformation-template-update-stack.json');
    return v.parse(CompiledTemplate, JSON.parse(await readFile(compiled, 'utf8')));
  }

  /** Unpacks a function's archive into a folder beside the others, and says what was in it. */
  async unpack(functionName: string): Promise<{ folder: string; files: ReadonlyMap<string, string> }> {
    const archive = await readFile(join(this.folder, '.serverless', `${functionName}.zip`));
    const zip: Zip = requireOf('serverless-offline')('jszip');
    const folder = join(this.folder, 'unpacked', functionName);
    const files = new Map<string, string>();
    for (const [path, entry] of Object.entries((await zip.loadAsync(archive)).files)) {
      if (entry.dir) continue;
      files.set(path, await entry.async('string'));
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), files.get(path) ?? '');
    }
    return { folder, files };
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** All resources of a type, by logical id. */
export function resourcesOfType(
  template: Template,
  type: string,
): readonly (readonly [id: string, resource: Resource])[] {
  return Object.entries(template.Resources).filter(([, resource]) => resource.Type === type);
}

/** The functions that are packaged from `functions/`, by that file's name. */
export function packagedFunctions(template: Template): ReadonlyMap<string, Resource> {
  return new Map(
    resourcesOfType(template, 'AWS::Lambda::Function').flatMap(([, resource]) => {
      const file = /^functions\/(.*)\.handler$/.exec(String(resource.Properties['Handler']))?.[1];
      return file === undefined ? [] : [[file, resource] as const];
    }),
  );
}

/** Every route of the HTTP API: its key, e.g. `GET /wallet`, and the function behind it. */
export function routesOf(
  template: Template,
): readonly { readonly key: string; readonly functionName: string }[] {
  const byId = new Map(
    [...packagedFunctions(template)].map(([name, resource]) => [
      Object.entries(template.Resources).find(([, other]) => other === resource)?.[0],
      name,
    ]),
  );
  return resourcesOfType(template, 'AWS::ApiGatewayV2::Route').map(([, route]) => {
    const integration =
      /"Ref":"(HttpApiIntegration\w+)"/.exec(JSON.stringify(route.Properties['Target']))?.[1] ?? '';
    const uri = JSON.stringify(template.Resources[integration]?.Properties['IntegrationUri']);
    const functionId = /"Fn::GetAtt":\["(\w+)"/.exec(uri)?.[1];
    return { key: String(route.Properties['RouteKey']), functionName: byId.get(functionId) ?? '' };
  });
}

/** Reads YAML as the framework does. */
export function readYaml(text: string): unknown {
  const yaml: { load: (text: string) => unknown } = requireOf('serverless')('js-yaml');
  return yaml.load(text);
}

/** What CloudFormation would make of a value, roughly: an address for a template, an ARN for a reference. */
export function render(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  if ('Fn::Sub' in value)
    return String(value['Fn::Sub'])
      .replaceAll(/\$\{[^}]*Port\}/g, '6379')
      .replaceAll(/\$\{[^}]*\}/g, 'host.example');
  return 'arn:aws:service:region:account:thing';
}
