/** What the plugin reads of the framework's objects; the framework has checked them against its schema. */
export interface MskEventDefinition {
  readonly topic: string;
  readonly arn?: unknown;
  readonly batchSize?: number;
  /** Seconds. */
  readonly maximumBatchingWindow?: number;
  readonly enabled?: boolean;
  readonly startingPosition?: 'LATEST' | 'TRIM_HORIZON' | 'AT_TIMESTAMP';
  readonly consumerGroupId?: string;
}

export type ScheduleDefinition =
  | string
  | { readonly rate: string | readonly string[]; readonly enabled?: boolean; readonly input?: unknown };

export interface FunctionEvent {
  readonly msk?: MskEventDefinition;
  readonly schedule?: ScheduleDefinition;
}

export interface FunctionDefinition {
  readonly name: string;
  /** Seconds. */
  readonly timeout?: number;
  events?: FunctionEvent[];
}

/** Properties of an event source mapping that the framework's schema lacks; see `resources.extensions`. */
export interface MappingProperties {
  readonly BisectBatchOnFunctionError?: boolean;
  readonly MaximumRetryAttempts?: number;
  readonly FunctionResponseTypes?: readonly string[];
}

export interface Serverless {
  readonly processedInput: {
    readonly commands: readonly string[];
    readonly options: Record<string, unknown>;
  };
  readonly pluginManager: { readonly hooks: Record<string, { readonly pluginName: string }[]> };
  readonly service: {
    readonly provider: { readonly timeout?: number };
    readonly functions: Record<string, FunctionDefinition>;
    readonly custom?: Record<string, Record<string, unknown>>;
    readonly resources?: { extensions?: Record<string, { Properties?: MappingProperties }> };
  };
}

export type Log = (text: string) => void;
