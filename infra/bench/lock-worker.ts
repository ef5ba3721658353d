import * as v from 'valibot';
import { createLock } from '../../lib/lock/create-lock.ts';
import { createRedis } from '../../lib/redis/client.ts';
import { readWorkerSettings, runWorker } from './locks/worker-loop.ts';

/** One process that takes and gives back one of the project's locks in a loop. `LOCK` names the kind. */
const kind = v.parse(v.optional(v.picklist(['simple', 'spin', 'pubsub']), 'pubsub'), process.env['LOCK']);
const settings = readWorkerSettings(process.env);
const maxPings = 20;
const times = { leaseMs: settings.LEASE_MS, waitMs: settings.WAIT_MS };

const redis = createRedis({ url: settings.REDIS_URL, cluster: settings.REDIS_CLUSTER === 'true' });
await reach();
const lock = createLock(kind, redis);
const resource = `{${settings.LOCK_NAME}}`;

await runWorker(settings, async () => {
  const lease = await lock.acquire([resource], times);
  return () => lease.release();
});
await lock.close();
redis.disconnect();

/** Where dozens of processes start at once, the first answer may take longer than the client gives a command. */
async function reach(): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await redis.ping();
      return;
    } catch (error) {
      if (attempt === maxPings) throw error;
    }
  }
}
