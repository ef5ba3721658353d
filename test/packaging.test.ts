import { globSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as v from 'valibot';
import { topicPlans } from '../infra/topics.ts';
import { readConfig } from '../lib/config.ts';
import {
  packagedFunctions,
  type Resource,
  render,
  resourcesOfType,
  ServiceCopy,
  type Template,
} from './packaged-service.ts';

/** The rules of this project for its CloudFormation template, beyond what a linter of templates knows. */
let service: ServiceCopy;
let template: Template;

beforeAll(async () => {
  service = await ServiceCopy.make();
  template = await service.package();
}, 240_000);
afterAll(() => service.remove());

const Environment = v.object({ Variables: v.record(v.string(), v.unknown()) });
const Base64 = v.object({ 'Fn::Base64': v.string() });
const propertiesOf = (id: string) => template.Resources[id]?.Properties ?? {};
const withoutTest = (name: string) => !name.endsWith('.test');

const openTheCache = [
  ...['CancelReservation', 'ChangeWaitingRoom', 'ChargeWallet', 'ConsumeReservationEvents'],
  ...['CreatePerformance', 'EnterQueue', 'FollowHold', 'FollowQueue', 'Health', 'HoldSeats', 'PayHold'],
  ...['RequestSeat', 'Sweep'],
];

/** The topics by their ids in the template. */
const topics = [
  ['ReservationEventsTopic', 'reservation-events'],
  ['ReservationRequestsTopic', 'reservation-requests'],
];

describe('functions', () => {
  test('each file of functions/ is one, and the reverse', () => {
    const files = globSync('*.ts', { cwd: join(service.folder, 'functions') }).map((file) =>
      file.slice(0, -3),
    );
    expect([...packagedFunctions(template).keys()].toSorted()).toEqual(files.filter(withoutTest).toSorted());
  });

  test('each runs on Node 24 and arm64 and says its memory, its time and its role', () => {
    const roles = new Set<string>();
    for (const [name, { Properties: properties }] of packagedFunctions(template)) {
      expect({ name, ...properties }).toMatchObject({
        name,
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        MemorySize: expect.any(Number),
        Timeout: expect.any(Number),
        VpcConfig: { SecurityGroupIds: [{ Ref: 'FunctionsGroup' }] },
      });
      roles.add(JSON.stringify(properties['Role']));
    }
    expect(roles.size).toBe(packagedFunctions(template).size);
  });

  test('each log ends some day', () => {
    for (const [id, group] of resourcesOfType(template, 'AWS::Logs::LogGroup')) {
      expect({ id, ...group.Properties }).toMatchObject({ RetentionInDays: expect.any(Number) });
    }
  });

  test('their environment is one that they accept, and holds no secret', () => {
    for (const { Properties: properties } of packagedFunctions(template).values()) {
      const { Variables: variables } = v.parse(Environment, properties['Environment']);
      const environment = Object.fromEntries(
        Object.entries(variables).map(([name, value]) => [name, render(value)]),
      );
      expect(readConfig(environment)).toMatchObject({
        redis: { cluster: true, secretArn: expect.stringMatching(/^arn:/) },
        database: { poolMax: 2, secretArn: expect.stringMatching(/^arn:/) },
        kafka: { secretArn: expect.stringMatching(/^arn:/) },
        receipts: { secretArn: expect.stringMatching(/^arn:/) },
      });
      // Said by the deployment, where they can be chosen anew: not left to the defaults of the code.
      expect(environment).toMatchObject({ SEAT_LOCK: 'simple', WALLET_LOCK: 'pubsub' });
      expect(environment['REDIS_URL']).toMatch(/^rediss:\/\/[^@]+$/);
      expect(environment['DATABASE_URL']).toMatch(/^postgres:\/\/[^@]+sslmode=verify-full$/);
    }
  });

  test.each([
    ['relay-outbox', { ReservedConcurrentExecutions: 2, Timeout: 80 }],
    ['sweep', { ReservedConcurrentExecutions: 1, Timeout: 60 }],
  ])('%s runs each minute, for a minute', (name, limits) => {
    const id = `${name === 'sweep' ? 'Sweep' : 'RelayDashoutbox'}LambdaFunction`;
    expect(propertiesOf(id)).toMatchObject(limits);
    const schedules = resourcesOfType(template, 'AWS::Events::Rule').map(([, rule]) => rule.Properties);
    const own = schedules.filter((rule) => JSON.stringify(rule['Targets']).includes(`"${id}"`));
    expect(own).toMatchObject([{ ScheduleExpression: 'rate(1 minute)', State: 'ENABLED' }]);
    const retries = resourcesOfType(template, 'AWS::Lambda::EventInvokeConfig').map(
      ([, config]) => config.Properties,
    );
    expect(retries).toContainEqual(
      expect.objectContaining({
        FunctionName: { Ref: id },
        MaximumRetryAttempts: 0,
        MaximumEventAgeInSeconds: 60,
      }),
    );
  });
});

describe('permissions', () => {
  test('none is for everything, and only the network interfaces of Lambda are for all resources', () => {
    const policies = [
      ...resourcesOfType(template, 'AWS::IAM::Role'),
      ...resourcesOfType(template, 'AWS::IAM::ManagedPolicy'),
    ];
    expect(policies.length).toBeGreaterThan(packagedFunctions(template).size);
    for (const [id, policy] of policies) {
      for (const { effect, actions, resources } of statementsOf(policy)) {
        const tooWide = actions.filter((action) => action.endsWith('*'));
        expect({ id, tooWide }).toEqual({ id, tooWide: [] });
        const network = actions.every((action) => action.startsWith('ec2:'));
        expect({ id, ok: effect === 'Deny' || network || !resources.includes('*') }).toEqual({
          id,
          ok: true,
        });
      }
    }
  });

  test.each([
    ['SignReceiptsPolicy', ['EnterQueueRole', 'FollowQueueRole']],
    ['UseEventsPolicy', ['HealthRole', 'RelayOutboxRole']],
    ['UseCachePolicy', openTheCache.map((name) => `${name}Role`)],
  ])('%s is held by %j alone', (policy, holders) => {
    const roles = resourcesOfType(template, 'AWS::IAM::Role');
    const own = roles.filter(([, role]) =>
      JSON.stringify(role.Properties['ManagedPolicyArns'] ?? []).includes(policy),
    );
    expect(own.map(([id]) => id).toSorted()).toEqual(holders);
  });
});

test('the gateway checks no token unless it is told to, since it knows no ES256', () => {
  const routes = resourcesOfType(template, 'AWS::ApiGatewayV2::Route').map(([, route]) => route.Properties);
  expect(routes.length).toBeGreaterThan(0);
  expect(routes.filter((route) => 'AuthorizationType' in route)).toEqual([]);
  expect(resourcesOfType(template, 'AWS::ApiGatewayV2::Authorizer')).toEqual([]);
});

describe('events', () => {
  test('the pollers are provisioned, retry, halve, report single failures and give up into the dead letters', () => {
    expect(
      resourcesOfType(template, 'AWS::Lambda::EventSourceMapping').map(([, mapping]) => mapping.Properties),
    ).toEqual(
      ['reservation-events', 'reservation-requests'].map((topic) =>
        expect.objectContaining({
          Topics: [topic],
          StartingPosition: 'TRIM_HORIZON',
          AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: `consume-${topic}` },
          ProvisionedPollerConfig: { MinimumPollers: 1, MaximumPollers: 12 },
          BisectBatchOnFunctionError: true,
          MaximumRetryAttempts: 10,
          FunctionResponseTypes: ['ReportBatchItemFailures'],
          DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': ['DeadLetters', 'Arn'] } } },
        }),
      ),
    );
  });

  test.each(topics)('%s is the topic of a local run, in three copies', (id, name) => {
    const plan = topicPlans().find(({ topic }) => topic === name);
    expect(propertiesOf(id)).toMatchObject({
      TopicName: name,
      PartitionCount: plan?.partitions,
      ReplicationFactor: 3,
    });
    expect(Object.fromEntries(topicSettings(id))).toEqual({
      'cleanup.policy': 'delete',
      'min.insync.replicas': '2',
      'retention.ms': String(plan?.retentionMs),
    });
  });

  test.each(topics)('a record of %s is kept as long as a dead letter may point at it', (id) => {
    const keptSeconds = Number(propertiesOf('DeadLetters')['MessageRetentionPeriod']);
    expect(keptSeconds).toBeGreaterThan(0);
    expect(Number(topicSettings(id).get('retention.ms'))).toBeGreaterThanOrEqual(keptSeconds * 1_000);
  });
});

describe('servers', () => {
  test('are of the generations that the code was tested with', () => {
    expect(propertiesOf('Cache')).toMatchObject({ Engine: 'valkey', MajorEngineVersion: '8' });
    expect(propertiesOf('Database')['EngineVersion']).toMatch(/^17\./);
    expect(propertiesOf('EventsCluster')).toMatchObject({
      KafkaVersion: '4.1.x.kraft',
      NumberOfBrokerNodes: 3,
      BrokerNodeGroupInfo: { InstanceType: expect.stringMatching(/^kafka\.(m5|m7g)\./) },
    });
  });

  test('are encrypted, private, and show their data to nobody without credentials', () => {
    expect(propertiesOf('Database')).toMatchObject({
      StorageEncrypted: true,
      ManageMasterUserPassword: true,
    });
    expect(propertiesOf('Database')).not.toHaveProperty('MasterUserPassword');
    expect(propertiesOf('DatabaseInstanceA')).toMatchObject({ PubliclyAccessible: false });
    expect(propertiesOf('DatabaseProxy')).toMatchObject({ RequireTLS: true });
    expect(propertiesOf('Cache')).toHaveProperty('UserGroupId');
    expect(propertiesOf('EventsCluster')).toMatchObject({
      ClientAuthentication: { Unauthenticated: { Enabled: false } },
      EncryptionInfo: { EncryptionInTransit: { ClientBroker: 'TLS', InCluster: true } },
    });
    for (const [id, group] of resourcesOfType(template, 'AWS::EC2::SecurityGroup')) {
      expect(`${id} ${JSON.stringify(group.Properties['SecurityGroupIngress'] ?? [])}`).not.toMatch(/CidrIp/);
    }
  });
});

const statement = v.object({
  Effect: v.picklist(['Allow', 'Deny']),
  Action: v.union([v.string(), v.array(v.string())]),
  Resource: v.optional(v.unknown()),
});
const document = v.object({ Statement: v.array(statement) });
const Policies = v.object({
  PolicyDocument: v.optional(document),
  Policies: v.optional(v.array(v.object({ PolicyDocument: document })), []),
});

function statementsOf({ Properties: properties }: Resource) {
  const { PolicyDocument: own, Policies: inline } = v.parse(Policies, properties);
  return [...(own ? [own] : []), ...inline.map((policy) => policy.PolicyDocument)].flatMap((policy) =>
    policy.Statement.map(({ Effect: effect, Action: actions, Resource: resources }) => ({
      effect,
      actions: [actions].flat(),
      resources: [resources].flat(),
    })),
  );
}

function topicSettings(id: string): ReadonlyMap<string, string> {
  const { 'Fn::Base64': text } = v.parse(Base64, propertiesOf(id)['Configs']);
  return new Map(Array.from(text.matchAll(/^(.*)=(.*)$/gm), ([, name = '', value = '']) => [name, value]));
}
