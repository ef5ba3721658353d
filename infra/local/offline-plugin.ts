import kafkajs from 'kafkajs';
import { endWithLauncher } from './offline/end-with-launcher.ts';
import { keepBodiesExact } from './offline/exact-bodies.ts';
import { type InvokerOf, lambdaEndpoint } from './offline/lambda-endpoint.ts';
import { mappingRules } from './offline/mapping-rules.ts';
import { MskConsumer } from './offline/msk-consumer.ts';
import { Scheduler } from './offline/scheduler.ts';
import type { FunctionDefinition, FunctionEvent, Log, Serverless } from './offline/types.ts';

interface Utilities {
  readonly log: { readonly warning: Log };
}

/**
 * What serverless-offline lacks: functions with an `msk` event are fed from the Kafka of KAFKA_BROKERS, as the
 * event source mapping of AWS would feed them, and those with a `schedule` event run at once and then at their
 * rate, never twice at a time (serverless-offline's own scheduler is given none). Works with `offline start`.
 */
export default class OfflinePlugin {
  readonly #serverless: Serverless;
  readonly #log: Log;
  readonly #consumers: MskConsumer[] = [];
  readonly #schedulers: Scheduler[] = [];
  readonly #schedules: [FunctionDefinition, FunctionEvent][] = [];

  readonly hooks = {
    initialize: () => this.#servePrebuilt(),
    'before:offline:start:init': () => this.#takeSchedules(),
    'after:offline:start:init': () => this.#start(),
    'before:offline:start:end': () => this.#stop(),
  };

  constructor(serverless: Serverless, _options: unknown, { log }: Utilities) {
    this.#serverless = serverless;
    this.#log = (text) => log.warning(text);
    this.#watchNothing();
  }

  /** A changed source is loaded by the next start: functions that run in this process cannot be unloaded. */
  #watchNothing(): void {
    const { processedInput, service } = this.#serverless;
    const { esbuild } = service.custom ?? {};
    if (processedInput.commands[0] === 'offline' && esbuild !== undefined)
      Object.assign(esbuild, { watch: { pattern: [], ignore: [] } });
  }

  /** Leaves the bundler out and serves what it built for an earlier start of the same launcher. */
  #servePrebuilt(): void {
    if (process.env['PREBUILT'] === undefined) return;
    const { pluginManager, service } = this.#serverless;
    const hook = 'before:offline:start:init';
    const hooks = pluginManager.hooks[hook] ?? [];
    pluginManager.hooks[hook] = hooks.filter(({ pluginName }) => pluginName !== 'EsbuildServerlessPlugin');
    const { esbuild, 'serverless-offline': offline } = service.custom ?? {};
    Object.assign(offline ?? {}, { location: `${String(esbuild?.['outputWorkFolder'])}/.build` });
  }

  #takeSchedules(): void {
    for (const definition of Object.values(this.#serverless.service.functions)) {
      const events = definition.events ?? [];
      for (const event of events) if (event.schedule !== undefined) this.#schedules.push([definition, event]);
      definition.events = events.filter(({ schedule }) => schedule === undefined);
    }
  }

  #start(): void {
    endWithLauncher(process.env);
    keepBodiesExact();
    const invokerOf = lambdaEndpoint(this.#serverless);
    for (const [definition, { schedule }] of this.#schedules) {
      if (schedule === undefined) continue;
      const scheduler = new Scheduler(invokerOf(definition), (text) =>
        this.#log(`${definition.name}: ${text}`),
      );
      scheduler.start(schedule);
      this.#schedulers.push(scheduler);
    }
    const { KAFKA_BROKERS: bootstrapServers } = process.env;
    if (bootstrapServers === undefined) this.#log('KAFKA_BROKERS is not set: no msk event is served');
    else this.#startConsumers(invokerOf, bootstrapServers);
  }

  #startConsumers(invokerOf: InvokerOf, bootstrapServers: string): void {
    for (const [key, definition] of Object.entries(this.#serverless.service.functions))
      for (const { msk } of definition.events ?? [])
        if (msk !== undefined && msk.enabled !== false)
          this.#consume({
            functionName: definition.name,
            definition: msk,
            rules: mappingRules(key, this.#serverless),
            invoke: invokerOf(definition),
            bootstrapServers,
            log: this.#log,
          });
  }

  #consume(mapping: ConstructorParameters<typeof MskConsumer>[1]): void {
    const kafka = new kafkajs.Kafka({
      clientId: 'event-source-mapping',
      brokers: mapping.bootstrapServers.split(','),
      connectionTimeout: 2_000,
      logLevel: kafkajs.logLevel.NOTHING,
    });
    const consumer = new MskConsumer(kafka, mapping);
    consumer.start();
    this.#consumers.push(consumer);
  }

  async #stop(): Promise<void> {
    for (const scheduler of this.#schedulers) scheduler.close();
    await Promise.all(this.#consumers.map((consumer) => consumer.close()));
  }
}
