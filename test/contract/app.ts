import { importJWK } from 'jose';
import * as v from 'valibot';
import { startApp } from '../../infra/local/app.ts';
import { signingKey } from '../../infra/local/keys.ts';
import { localAudience, localIssuer } from '../../infra/local/mint-token.ts';
import { createLocalTopics, type StackUrls, startStack } from '../../infra/local/stack.ts';
import { migrateToLatest } from '../../infra/migrations/migrate.ts';
import type { TokenIssuer } from './tokens.ts';

/** One running app and the servers behind it. */
export interface App {
  readonly http: string;
  readonly redisUrl: string;
  readonly databaseUrl: string;
  readonly kafkaBrokers: readonly string[];
  readonly eventsTopic: string;
  readonly issuer: TokenIssuer;
  close(): Promise<void>;
}

/** What tells of an app that was started elsewhere, as JSON. */
const sharedApp = v.object({
  http: v.string(),
  redisUrl: v.string(),
  databaseUrl: v.string(),
  kafkaBrokers: v.string(),
});
type SharedApp = v.InferOutput<typeof sharedApp>;

/** The issuer whose tokens the local app takes. */
async function localTokenIssuer(): Promise<TokenIssuer> {
  const jwk = await signingKey();
  const { kty, crv, x, y, kid, alg, use } = jwk;
  const privateKey = await importJWK(jwk, 'ES256');
  if (privateKey instanceof Uint8Array) throw new Error('the signing key is no key pair');
  return {
    privateKey,
    publicJwk: { kty, crv, x, y, kid, alg, use },
    kid,
    issuer: localIssuer,
    audience: localAudience,
  };
}

async function describe(
  { http, redisUrl, databaseUrl, kafkaBrokers }: SharedApp,
  close: App['close'],
): Promise<App> {
  return {
    http,
    redisUrl,
    databaseUrl,
    kafkaBrokers: kafkaBrokers.split(','),
    eventsTopic: 'reservation-events',
    issuer: await localTokenIssuer(),
    close,
  };
}

/**
 * Starts an app on servers of its own. `between` may put something between the app and its servers and tells the
 * app where they then are; the addresses in the result are those of the servers themselves.
 */
export async function openOwnApp(
  between = async (urls: StackUrls): Promise<StackUrls> => urls,
): Promise<App> {
  const stack = await startStack();
  try {
    await Promise.all([migrateToLatest(stack.databaseUrl), createLocalTopics(stack.kafkaBrokers)]);
    const app = await startApp({ urls: await between(stack) });
    const { redisUrl, databaseUrl, kafkaBrokers } = stack;
    return await describe({ http: app.http, redisUrl, databaseUrl, kafkaBrokers }, async () => {
      try {
        await app.stop();
      } finally {
        await stack.stop();
      }
    });
  } catch (error) {
    await stack.stop();
    throw error;
  }
}

/** The app that the contract tests of a run share, at the address of shared-app.ts; without one an own app. */
export async function openApp(): Promise<App> {
  const address = process.env['CONTRACT_APP'];
  if (address === undefined) return openOwnApp();
  const answer = await fetch(address);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`the app of the contract tests did not start: ${text}`);
  return describe(v.parse(sharedApp, JSON.parse(text)), async () => {});
}
