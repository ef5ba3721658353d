import { Cluster, Redis } from 'ioredis';

/** One server, or a cluster behind the same commands. */
export type RedisClient = Redis | Cluster;

export interface RedisSettings {
  readonly url: string;
  /** ElastiCache Serverless is always a cluster. */
  readonly cluster: boolean;
  readonly password?: string;
}

/** How long a connection may take, and a command: together well below the 3 s in which a 503 must come. */
const connectTimeoutMs = 2_000;
const commandTimeoutMs = 800;
/**
 * A server that has been asked and sends nothing for so long is taken for gone, and its connection for dead: without a
 * word of its end, as after the loss of a node, the kernel would go on with it for a quarter of an hour.
 */
const silenceTimeoutMs = 1_500;

/**
 * A client that connects at its first command and fails fast: a command that finds no connection is tried on
 * one reconnection and then rejected, never queued for long.
 *
 * `autoResendUnfulfilledCommands` is off: a command that was sent when the connection broke may have been
 * applied, and whether it may be sent again is for its caller to know.
 */
export function createRedis(settings: RedisSettings): RedisClient {
  const options = {
    connectTimeout: connectTimeoutMs,
    commandTimeout: commandTimeoutMs,
    socketTimeout: silenceTimeoutMs,
    maxRetriesPerRequest: 1,
    autoResendUnfulfilledCommands: false,
    ...(settings.password === undefined ? {} : { password: settings.password }),
  };
  const client = settings.cluster
    ? new Cluster([settings.url], {
        lazyConnect: true,
        // ElastiCache presents certificates for its names: they are not to be resolved beforehand.
        dnsLookup: (address, callback) => callback(null, address),
        clusterRetryStrategy: reconnectDelayMs,
        slotsRefreshTimeout: connectTimeoutMs,
        redisOptions: { ...options, ...(settings.url.startsWith('rediss:') ? { tls: {} } : {}) },
      })
    : new Redis(settings.url, { ...options, lazyConnect: true, retryStrategy: reconnectDelayMs });
  // Without a listener ioredis prints every failed reconnection; each command's own rejection tells it already.
  client.on('error', () => undefined);
  return client;
}

const reconnectDelayMs = (attempt: number) => Math.min(attempt * 50, 500);
