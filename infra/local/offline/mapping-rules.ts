import type { DeliveryRules } from './deliver.ts';
import type { Serverless } from './types.ts';

/** The most retries that AWS makes when records that fail have somewhere to go. */
const mostRetries = 10;

/** The framework's way from a function's key to the beginning of its resources' names. */
export function normalizedName(functionKey: string): string {
  const name = functionKey.replaceAll('-', 'Dash').replaceAll('_', 'Underscore');
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/**
 * How a function's event source mapping treats failures: what serverless.yml states for AWS under
 * `resources.extensions`, and for what it leaves open what a mapping with a dead-letter destination does.
 */
export function mappingRules(functionKey: string, { service }: Serverless): DeliveryRules {
  const prefix = `${normalizedName(functionKey)}EventSourceMappingMSK`;
  const extensions = Object.entries(service.resources?.extensions ?? {});
  const properties = extensions.find(([name]) => name.startsWith(prefix))?.[1].Properties ?? {};
  const { MaximumRetryAttempts: retries = -1 } = properties;
  return {
    maximumRetryAttempts: retries < 0 ? mostRetries : retries,
    bisectBatchOnFunctionError: properties.BisectBatchOnFunctionError ?? true,
    reportBatchItemFailures: properties.FunctionResponseTypes?.includes('ReportBatchItemFailures') ?? true,
  };
}
