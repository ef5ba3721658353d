import { createRedis } from '../../lib/redis/client.ts';
import type { StartBench } from './bench-room.ts';
import { startLocksBench } from './locks/locks-bench.ts';
import { describeMachine, describeVersions } from './machine.ts';
import { privateRedis } from './private-redis.ts';
import { startQueueBench } from './queue/queue-bench.ts';
import { formatTable } from './report.ts';
import { UsageError } from './usage-error.ts';

/** Every bench by the name it is called by. */
const benches: Readonly<Record<string, StartBench>> = {
  locks: startLocksBench,
  queue: startQueueBench,
};

const usage = `npm run bench -- NAME [options] [--json]
  NAME               ${Object.keys(benches).join(', ')}
  --json             one JSON document on stdout instead of a table
  locks: --workers N[,N…]   worker processes on one lock (8,32)
         --seconds N        each of the two measured windows of a lock (3)
         --hold-ms N        how long a worker holds it (2)
  queue: --waiting N        people in the long line (1000000)
         --in-flight N[,N…] calls under way at once when the speed is measured (1,32)
         --calls N          calls in each half of a measured pair (4000)
         --charts DIR       also measure lines of growing length, and draw latency.svg and memory.svg`;

/** @throws UsageError before anything is started */
async function main(argv: readonly string[]): Promise<void> {
  const [name = '', ...rest] = argv.filter((argument) => argument !== '--json');
  const start = benches[name];
  if (start === undefined) throw new UsageError(`there is no bench ${name || 'without a name'}`);
  const run = start(rest);
  const server = await privateRedis();
  const redis = createRedis({ url: server.url, cluster: false });
  try {
    const progress = (line: string) => console.error(line);
    const { results, faults } = await run({ url: server.url, redis, progress });
    const machine = describeMachine();
    const versions = await describeVersions(redis);
    if (argv.includes('--json')) console.log(JSON.stringify({ machine, versions, results }, null, 2));
    else console.log(formatTable({ machine, versions, results }));
    for (const fault of faults) console.error(`not to be trusted: ${fault}`);
    if (faults.length > 0) process.exitCode = 1;
  } finally {
    redis.disconnect();
    await server.close();
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}\n${usage}`);
  process.exitCode = 2;
}
