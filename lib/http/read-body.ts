import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import * as v from 'valibot';
import { Problem, type RequestFault } from '../errors.ts';

const maxBodyBytes = 16 * 1024;

/** A valibot schema of a JSON body or of query parameters. */
export type Shape<T> = v.GenericSchema<unknown, T>;

/**
 * The JSON value of the request's body; undefined when it has none.
 *
 * @throws Problem `request-too-large`, `unsupported-media-type`, `malformed-request`, in this order
 */
export function readJson(event: APIGatewayProxyEventV2): unknown {
  const bytes = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length > maxBodyBytes) {
    throw new Problem('request-too-large', `A body has at most ${maxBodyBytes} bytes.`);
  }
  const contentType = header(event, 'content-type');
  const mediaType = contentType?.split(';', 1)[0]?.trim().toLowerCase();
  if (mediaType !== 'application/json' && (contentType !== undefined || bytes.length > 0)) {
    throw new Problem('unsupported-media-type', 'Send Content-Type: application/json.');
  }
  if (bytes.length === 0) return undefined;
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw new Problem('malformed-request', 'The body is not JSON.', undefined, { cause: error });
  }
}

/**
 * The value as the shape has it.
 *
 * @throws Problem `invalid-request` that names every fault
 */
export function parseShape<T>(shape: Shape<T>, value: unknown): T {
  const result = v.safeParse(shape, value);
  if (result.success) return result.output;
  throw invalidRequest(result.issues.map((issue) => ({ pointer: pointerTo(issue), detail: issue.message })));
}

/**
 * The body as the shape has it. No body is an array, which a shape whose members are all optional would take.
 *
 * @throws Problem `invalid-request`
 */
export function parseBody<T>(shape: Shape<T>, value: unknown): T {
  if (Array.isArray(value)) throw invalidRequest([{ pointer: '#', detail: 'an object' }]);
  return parseShape(shape, value);
}

export function invalidRequest(faults: readonly RequestFault[]): Problem<'invalid-request'> {
  return new Problem('invalid-request', 'The request has members that are not valid.', { errors: faults });
}

/** The first value of a header, whatever the case of its name: gateways differ in it. */
export function header(event: APIGatewayProxyEventV2, name: string): string | undefined {
  return Object.entries(event.headers).find(([key]) => key.toLowerCase() === name)?.[1];
}

/** The place of a fault as RFC 9457 writes it: a JSON pointer (RFC 6901) in a URI fragment. */
function pointerTo(issue: v.BaseIssue<unknown>): string {
  // A name may hold half a surrogate pair, which no URI can.
  const names = issue.path?.map((item) => String(item.key).toWellFormed()) ?? [];
  const steps = names.map((name) => name.replaceAll('~', '~0').replaceAll('/', '~1'));
  return `#${steps.map((step) => `/${encodeURIComponent(step)}`).join('')}`;
}
