import { setTimeout as sleep } from 'node:timers/promises';
import { createRedis } from '../../redis/client.ts';
import { createLock, type LockKind } from '../create-lock.ts';
import { brokenLock, contend } from './contend.ts';

/**
 * A process of a test, told by its arguments what to do with a lock, and by signals when to stop. Rounds begin at
 * SIGUSR2. Prints a line for everything that happens: `ready`, `held <fence>`, `woken <remainingMs> <aborted>`, `overlaps <count> <outlasted leases>`.
 *
 * node contender.ts <kind> <redis url> <resource> hold <leaseMs> | rounds <count>
 */
const [kind = '', url = '', resource = '', role = '', amount = '0'] = process.argv.slice(2);
const say = (line: string) => process.stdout.write(`${line}\n`);

const redis = createRedis({ url, cluster: false });
// The test that starts it names a kind.
const lock = kind === 'broken' ? brokenLock : createLock(kind as LockKind, redis);
// One of many that start at once, with less priority than others, may be late for its first answer.
for (let attempt = 1; (await redis.ping().catch(() => 'no answer')) !== 'PONG'; attempt++) {
  if (attempt === 10) throw new Error('Redis does not answer');
}
const begun = new Promise<void>((resolve) => process.once('SIGUSR2', () => resolve()));
say('ready');

if (role === 'rounds') {
  await begun;
  const { overlaps, outlastedLeases } = await contend(lock, redis, resource, Number(amount));
  say(`overlaps ${overlaps} ${outlastedLeases}`);
} else {
  const leaseMs = Number(amount);
  const lease = await lock.acquire([resource], { leaseMs, waitMs: 60_000 });
  say(`held ${lease.fence}`);
  // Until killed; a process that was stopped looks at its lease as soon as it runs again.
  const endsAtMs = performance.now() + leaseMs;
  while (performance.now() < endsAtMs) await sleep(50);
  const isTold = lease.signal.aborted;
  say(`woken ${Math.round(lease.remainingMs())} ${isTold}`);
  await lease.release();
}
await lock.close();
redis.disconnect();
