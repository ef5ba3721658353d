import { setTimeout as sleep } from 'node:timers/promises';
import { logger } from '../../../lib/log.ts';
import { Random } from '../../demo/random.ts';
import type { Deliveries } from '../delivery-topic.ts';
import { atPace, joinLab } from '../laboratory.ts';
import { hazards } from '../registry.ts';
import { timed } from '../run-cell.ts';
import type { HolderOrder } from './holder-process.ts';

/**
 * A process that makes the first attempt of each race it is told of, and is stopped and woken by signals.
 *
 * holder.ts <database url> <redis url>; orders and answers are messages of its parent's.
 */
logger.setLogLevel('SILENT');

const [databaseUrl = '', redisUrl = ''] = process.argv.slice(2);
await using stack = new AsyncDisposableStack();
/** What comes to this process has been delivered to it. */
const deliveries: Deliveries = { deliver: (_, work) => work() };
const lab = { ...joinLab({ databaseUrl, redisUrl }, new Random(1), stack), deliveries };
await lab.redis.ping();
const gone = Promise.withResolvers<void>();
process
  // The parent sends nothing else.
  .on('message', (order: HolderOrder) => void answer(order))
  .once('disconnect', () => gone.resolve());
process.send?.('ready');
await gone.promise;

async function answer({ hazard, protection, pace, races }: HolderOrder): Promise<void> {
  const cell = hazards
    .find(({ name }) => name === hazard)
    ?.cells.find((each) => each.protection === protection);
  if (cell === undefined) throw new RangeError(`no cell ${hazard} / ${protection}`);
  const replies = await Promise.all(
    races.map(async ({ state, delayMs }) => {
      const [attempt] = cell.trial(atPace(lab, pace), state).attempts;
      if (attempt === undefined) throw new RangeError('a race without attempts');
      await sleep(delayMs);
      return timed(attempt);
    }),
  );
  process.send?.(replies);
}
