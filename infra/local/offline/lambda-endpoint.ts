import { describeError } from '../launch-error.ts';
import type { FunctionDefinition, Serverless } from './types.ts';

/** What the framework takes when a function names no timeout, in seconds. */
const defaultTimeoutSeconds = 6;
/** The endpoint answers for a function that has timed out; this is for an endpoint that does not. */
const beyondTimeoutMs = 5_000;

/** A function that threw, timed out or could not be reached. */
export class FunctionError extends Error {
  override name = 'FunctionError';
}

/** Invokes one function and waits for its result. */
export type Invoke = (event: unknown) => Promise<unknown>;

export type InvokerOf = (definition: FunctionDefinition) => Invoke;

function textOf(body: unknown): string {
  return typeof body === 'object' && body !== null && 'errorMessage' in body
    ? String(body.errorMessage)
    : JSON.stringify(body);
}

/**
 * Invocations through the Lambda endpoint of serverless-offline, the way an AWS SDK would make them. A function's
 * failure comes as status 200 with X-Amz-Function-Error.
 *
 * @returns an invoker that throws FunctionError
 */
export function lambdaEndpoint({ processedInput, service }: Serverless): InvokerOf {
  const settings = { ...service.custom?.['serverless-offline'], ...processedInput.options };
  const { host = 'localhost', lambdaPort = 3002 } = settings;
  return ({ name, timeout = service.provider.timeout ?? defaultTimeoutSeconds }) => {
    const url = `http://${String(host)}:${String(lambdaPort)}/2015-03-31/functions/${name}/invocations`;
    return (event) => post(url, event, timeout * 1_000 + beyondTimeoutMs);
  };
}

async function post(url: string, event: unknown, timeoutMs: number): Promise<unknown> {
  const signal = AbortSignal.timeout(timeoutMs);
  let answer: Response;
  let text: string;
  try {
    answer = await fetch(url, { method: 'POST', body: JSON.stringify(event), signal });
    text = await answer.text();
  } catch (error) {
    throw new FunctionError(`${url}: ${describeError(error)}`, { cause: error });
  }
  const body: unknown = text === '' ? null : JSON.parse(text);
  if (!answer.ok || answer.headers.has('x-amz-function-error')) throw new FunctionError(textOf(body));
  return body;
}
