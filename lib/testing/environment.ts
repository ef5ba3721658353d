import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose';

const issuer = 'http://127.0.0.1/concert-reservation';
const audience = 'concert-reservation';

/** Servers that nobody listens at: for what is decided before any of them is asked. */
const nowhere = {
  REDIS_URL: 'redis://127.0.0.1:1',
  DATABASE_URL: 'postgres://u:p@127.0.0.1:1/none',
  KAFKA_BROKERS: '127.0.0.1:1',
};

export interface TestEnvironment {
  /** Signs a bearer token that the handlers of this process take. */
  mint(sub: string, claims?: object): Promise<string>;
  /** Puts the environment back as it was. */
  restore(): void;
}

/** Sets the environment that a handler reads at its first invocation. */
export async function setEnvironment(
  settings: Readonly<Record<string, string>> = {},
): Promise<TestEnvironment> {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const jwk = { ...(await exportJWK(publicKey)), alg: 'ES256' };
  const values = {
    ...nowhere,
    RECEIPT_KEY: 'a key for the receipts of these tests',
    AUTH_ISSUER: issuer,
    AUTH_AUDIENCE: audience,
    AUTH_JWKS: JSON.stringify({ keys: [jwk] }),
    ...settings,
  };
  const before = new Map(Object.keys(values).map((name) => [name, process.env[name]]));
  Object.assign(process.env, values);
  return {
    mint: (sub, claims = {}) => mint(privateKey, { sub, ...claims }),
    restore: () => {
      for (const [name, value] of before) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    },
  };
}

const mint = (privateKey: CryptoKey, claims: { readonly sub: string }) =>
  new SignJWT({ ...claims })
    .setProtectedHeader({ alg: 'ES256' })
    .setIssuer(issuer)
    .setAudience(audience)
    .setExpirationTime('1h')
    .sign(privateKey);
