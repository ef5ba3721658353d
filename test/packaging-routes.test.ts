import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as v from 'valibot';
import { readYaml, resourcesOfType, routesOf, ServiceCopy, type Template } from './packaged-service.ts';

/** The routes as they deploy, as they are documented, and who stands before them. */

let service: ServiceCopy;
let template: Template;

beforeAll(async () => {
  service = await ServiceCopy.make();
  template = await service.package(['--param', 'gatewayAuthorizer=jwt']);
}, 240_000);
afterAll(() => service.remove());

const publicRoutes = [
  'GET /health',
  'GET /performances',
  'GET /performances/{performanceId}',
  'GET /performances/{performanceId}/draw',
  'GET /performances/{performanceId}/queue',
  'GET /performances/{performanceId}/seats',
];

const Operation = v.looseObject({ security: v.optional(v.array(v.unknown())) });
const OpenApi = v.looseObject({
  paths: v.record(v.string(), v.record(v.string(), v.unknown())),
});

test('every route is in openapi.yaml, and the reverse; public are those that need no token there', async () => {
  const text = await readFile(join(import.meta.dirname, '../openapi.yaml'), 'utf8');
  const documented = Object.entries(v.parse(OpenApi, readYaml(text)).paths).flatMap(([path, operations]) =>
    Object.entries(operations)
      .filter(([method]) => method !== 'parameters')
      .map(([method, operation]) => ({
        key: `${method.toUpperCase()} ${path}`,
        isPublic: v.parse(Operation, operation).security?.length === 0,
      })),
  );
  const served = routesOf(template).map(({ key }) => key);
  expect(documented.map(({ key }) => key).toSorted()).toEqual(served.toSorted());
  const open = documented.filter(({ isPublic }) => isPublic).map(({ key }) => key);
  expect(open.toSorted()).toEqual(publicRoutes);
});

test('the gateway, when it is told to check tokens, does so on all but the public routes', () => {
  const routes = resourcesOfType(template, 'AWS::ApiGatewayV2::Route').map(([, route]) => route.Properties);
  const [open, guarded] = [undefined, 'JWT'].map((type) =>
    routes.filter((route) => route['AuthorizationType'] === type),
  );
  expect(open?.map((route) => route['RouteKey']).toSorted()).toEqual(publicRoutes);
  expect(guarded).toHaveLength(routes.length - publicRoutes.length);
  for (const route of guarded ?? [])
    expect(route).toMatchObject({ AuthorizerId: { Ref: 'TokenAuthorizer' } });
  expect(resourcesOfType(template, 'AWS::ApiGatewayV2::Authorizer')).toHaveLength(1);
});

const noCache = '4135ea2d-6df8-44a3-9df3-4b5a84be39ad';
const Behavior = v.looseObject({
  PathPattern: v.string(),
  CachePolicyId: v.unknown(),
  AllowedMethods: v.array(v.string()),
});
const Distribution = v.looseObject({
  DefaultCacheBehavior: v.looseObject({ CachePolicyId: v.unknown() }),
  CacheBehaviors: v.array(Behavior),
  CustomErrorResponses: v.array(v.object({ ErrorCode: v.number(), ErrorCachingMinTTL: v.number() })),
});
/** As the edge finds the behaviour of a path: a star stands for anything. */
const matches = (pattern: string, path: string) =>
  new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(path);

test('the edge keeps public reads alone, the state of a queue among them, and no error', () => {
  const [edge] = resourcesOfType(template, 'AWS::CloudFront::Distribution');
  const config = v.parse(Distribution, edge?.[1].Properties['DistributionConfig']);
  expect(config.DefaultCacheBehavior.CachePolicyId).toBe(noCache);
  const reads = routesOf(template).filter(({ key }) => key.startsWith('GET '));
  const kept = reads.filter(({ key }) =>
    config.CacheBehaviors.some(({ PathPattern }) => matches(PathPattern, key.slice('GET '.length))),
  );
  expect(kept.map(({ key }) => key).toSorted()).toEqual([
    'GET /performances',
    'GET /performances/{performanceId}/queue',
    'GET /performances/{performanceId}/seats',
  ]);
  for (const { key } of kept) expect(publicRoutes).toContain(key);
  for (const behavior of config.CacheBehaviors) {
    expect(behavior).toMatchObject({ CachePolicyId: { Ref: 'PublicReads' } });
    // Who enters asks the same path.
    expect(behavior.AllowedMethods).toContain('POST');
  }
  expect(template.Resources['PublicReads']?.Properties).toMatchObject({
    CachePolicyConfig: { MinTTL: 0, DefaultTTL: 0 },
  });
  const errors = config.CustomErrorResponses;
  expect(errors.map(({ ErrorCode }) => ErrorCode)).toEqual(
    expect.arrayContaining([400, 403, 404, 500, 502, 503, 504]),
  );
  expect(errors.every(({ ErrorCachingMinTTL }) => ErrorCachingMinTTL === 0)).toBe(true);
});
