import type { Config } from 'jest';

// Tests make services fail on purpose; what is logged of it would bury their own lines.
process.env['POWERTOOLS_LOG_LEVEL'] ??= 'SILENT';
process.env['POWERTOOLS_METRICS_DISABLED'] ??= 'true';

/**
 * Tests lie beside their files; those that need services end in `.integration.test.ts`,
 * those that cross services lie in `test/`. `globalSetup` starts one set of throw-away
 * services for the whole run; every file then takes its own database, Redis database and topics.
 */
const config: Config = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': ['@swc/jest', { jsc: { target: 'es2024' } }] },
  testMatch: ['<rootDir>/{functions,lib,infra,test}/**/*.test.ts'],
  modulePathIgnorePatterns: ['<rootDir>/.local/', '<rootDir>/.esbuild/', '<rootDir>/.serverless/'],
  globalSetup: '<rootDir>/test/global-setup.ts',
  globalTeardown: '<rootDir>/test/global-teardown.ts',
  // Most of a test's time is waiting for services; fewer workers than this leave a small machine idle.
  maxWorkers: 2,
  testTimeout: 30_000,
};

export default config;
