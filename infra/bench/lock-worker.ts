import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import * as v from 'valibot';
import { createLock } from '../../lib/lock/create-lock.ts';
import { LockContendedError } from '../../lib/lock/errors.ts';
import { createRedis } from '../../lib/redis/client.ts';
import { clockLine, sharedClock } from './worker-clock.ts';

/**
 * One process that takes and releases one lock in a loop, after the protocol of a lock bench: environment
 * variables in, a line `ready` out, a line on stdin starts it, and at the end lines
 * `wait|acquire|release|fail <worker> <micros>` on stdout. `LOCK` names the kind.
 */
const number = (fallback: string) =>
  v.optional(v.pipe(v.string(), v.transform(Number), v.minValue(0)), fallback);
const settings = v.parse(
  v.object({
    LOCK: v.optional(v.picklist(['simple', 'spin', 'pubsub']), 'pubsub'),
    REDIS_URL: v.pipe(v.string(), v.url()),
    REDIS_CLUSTER: v.optional(v.picklist(['true', 'false']), 'false'),
    LOCK_NAME: v.optional(v.string(), 'handoff'),
    WORKER: v.optional(v.string(), '0'),
    HOLD_MS: number('2'),
    HOLD_MODE: v.optional(v.picklist(['sleep', 'busy']), 'sleep'),
    THINK_MS: number('0'),
    DURATION_MS: number('5000'),
    ROUNDS: number('0'),
    WAIT_MS: number('10000'),
    LEASE_MS: number('10000'),
    CLOCK_OFFSET_NS: v.optional(v.string()),
  }),
  process.env,
);

const worker = settings.WORKER;
const nowMicros = sharedClock(settings.CLOCK_OFFSET_NS);
/** Kept in memory until the end: writing is no part of what is measured. */
const lines: string[] = [];

const redis = createRedis({ url: settings.REDIS_URL, cluster: settings.REDIS_CLUSTER === 'true' });
await redis.ping();
const lock = createLock(settings.LOCK, redis);
const resource = `{${settings.LOCK_NAME}}`;

async function hold(): Promise<void> {
  if (settings.HOLD_MODE === 'sleep') return settings.HOLD_MS > 0 ? sleep(settings.HOLD_MS) : undefined;
  const untilMs = performance.now() + settings.HOLD_MS;
  while (performance.now() < untilMs);
}

async function takeTurn(): Promise<void> {
  const waitedSince = nowMicros();
  const lease = await lock.acquire([resource], { leaseMs: settings.LEASE_MS, waitMs: settings.WAIT_MS });
  const acquiredAt = nowMicros();
  await hold();
  const releasedAt = nowMicros();
  lines.push(
    `wait ${worker} ${waitedSince}`,
    `acquire ${worker} ${acquiredAt}`,
    `release ${worker} ${releasedAt}`,
  );
  await lease.release();
}

lines.push(clockLine(worker, nowMicros));
process.stdout.write(`ready ${worker}\n`);
const input = createInterface({ input: process.stdin });
await Promise.race([once(input, 'line'), once(input, 'close')]);
input.close();

const endsAt = nowMicros() + settings.DURATION_MS * 1_000;
for (let round = 0; nowMicros() < endsAt && (settings.ROUNDS === 0 || round < settings.ROUNDS); round += 1) {
  if (round > 0 && settings.THINK_MS > 0) await sleep(settings.THINK_MS);
  try {
    await takeTurn();
  } catch (error) {
    const reason = error instanceof LockContendedError ? 'timeout' : String(error).replace(/\s+/g, ' ');
    lines.push(`fail ${worker} ${nowMicros()} ${reason}`);
  }
}
lines.push(clockLine(worker, nowMicros));
await lock.close();
redis.disconnect();
process.stdin.destroy();
process.stdout.write(`${lines.join('\n')}\n`);
