import { setTimeout as sleep } from 'node:timers/promises';
import { DependencyError } from '../../../lib/errors.ts';
import type { Endpoint } from '../../../test/contract/fault-proxy.ts';
import type { StackUrls } from '../../local/stack.ts';
import { CrashGate, type CrashPoint } from './crash-gate.ts';
import { openCrashProxy } from './crash-proxy.ts';
import type { CrashWorld } from './crash-world.ts';
import { FunctionFailedError, FunctionProcess, ProcessGoneError } from './function-process.ts';
import type { CrashOperation, CrashTrial } from './operation.ts';
import { kafkaWire } from './wire/kafka.ts';
import { postgresWire } from './wire/postgres.ts';
import type { WireProtocol } from './wire/protocol.ts';
import { redisWire } from './wire/redis.ts';

const maxStagings = 5;
const stagingPauseMs = 1_000;

/** What came of one trial. */
export interface Crash {
  readonly operation: string;
  /** Undefined when the process was let go to its end, and its answer was not heard. */
  readonly point: CrashPoint | undefined;
  /** What each step asked for, as far as the process came. */
  readonly labels: readonly string[];
  /** Whether the process was killed at the point; otherwise it had come to its end before. */
  readonly crashed: boolean;
  /** From the death of the process until whoever repeated was done. */
  readonly repeatedMs: number;
  readonly anomalies: readonly string[];
}

/** Where trials are made, one at a time. */
export interface Lane {
  readonly world: CrashWorld;
  /** The functions that are judged. */
  readonly bundle: string;
  readonly survivor: FunctionProcess;
}

/**
 * Stages an operation, has a process of its own do it that is killed at the point, repeats it at once, and looks at
 * what is left.
 *
 * @throws DependencyError when the machine is too busy to stage it
 */
export async function runCrash(lane: Lane, operation: CrashOperation, point?: CrashPoint): Promise<Crash> {
  const { world, bundle } = lane;
  await using stack = new AsyncDisposableStack();
  const gate = new CrashGate(point);
  const environment = await world.environmentFor(await proxied(world.urls, gate, stack));
  const victim = new FunctionProcess(bundle, environment);
  stack.defer(() => victim.end());
  gate.whenCrashed(() => victim.kill());
  const trial = await stage(lane, operation);
  const { anomalies, repeatedMs } = await judge(trial, victim, gate);
  const { labels, crashed } = gate;
  return { operation: operation.name, point, labels, crashed, repeatedMs, anomalies };
}

/** A machine that is busy with the dead may be late for the deadlines of the living. */
async function stage({ world, survivor }: Lane, operation: CrashOperation): Promise<CrashTrial> {
  for (let tried = 1; ; tried++) {
    try {
      return await operation.stage(world, survivor);
    } catch (error) {
      if (!(error instanceof DependencyError) || tried === maxStagings) throw error;
      await sleep(stagingPauseMs);
    }
  }
}

async function judge(
  { invocation, repeat, audit }: CrashTrial,
  victim: FunctionProcess,
  gate: CrashGate,
): Promise<Pick<Crash, 'anomalies' | 'repeatedMs'>> {
  let [beganMs, repeatedMs] = [performance.now(), 0];
  try {
    const heard = await victim.invoke(invocation).catch((error: unknown) => {
      if (!(error instanceof ProcessGoneError && gate.crashed)) throw error;
    });
    beganMs = performance.now();
    await repeat();
    repeatedMs = performance.now() - beganMs;
    return { anomalies: await audit(heard), repeatedMs };
  } catch (error) {
    if (!(error instanceof FunctionFailedError)) throw error;
    return { anomalies: [`a function threw: ${error.message}`], repeatedMs };
  }
}

/** The same servers behind proxies that count what the process asks of them. */
async function proxied(urls: StackUrls, gate: CrashGate, stack: AsyncDisposableStack): Promise<StackUrls> {
  const open = async (url: URL, protocol: WireProtocol) => {
    const through = new URL(url);
    through.hostname = '127.0.0.1';
    through.port = String(await openCrashProxy(endpointOf(url), protocol, gate, stack));
    return through;
  };
  // One of them leads to the others, and names them.
  const broker = new URL(`kafka://${urls.kafkaBrokers.split(',')[0]}`);
  return {
    redisUrl: (await open(new URL(urls.redisUrl), redisWire)).href,
    databaseUrl: (await open(new URL(urls.databaseUrl), postgresWire)).href,
    kafkaBrokers: (await open(broker, kafkaWire(endpointOf(broker)))).host,
  };
}

const endpointOf = ({ hostname, port }: URL): Endpoint => ({ host: hostname, port: Number(port) });
