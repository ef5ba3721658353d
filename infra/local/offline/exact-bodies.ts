import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';

/**
 * Makes serverless-offline hand bodies on as they were sent. By itself it gives a body without a media type
 * that of JSON, parses and writes JSON anew, and replaces bytes that are no UTF-8: a function here would see
 * other requests than one on AWS. Bodies whose type is binary it passes on in base64, untouched; so every body
 * is given that type in the headers it decides by, while the event keeps the headers as they were sent.
 */
export function keepBodiesExact(): void {
  subscribe('http.server.request.start', (message) => {
    // What this channel carries, as Node documents it.
    const { headers, rawHeaders } = (message as { request: IncomingMessage }).request;
    const length = headers['content-length'];
    const isChunked = headers['transfer-encoding'] !== undefined;
    if (length === undefined && !isChunked) return;
    const isEmpty = !isChunked && length === '0';
    if (!headers['content-type'] && !isEmpty) rawHeaders.push('content-type', binary);
    headers['content-type'] = binary;
  });
}

const binary = 'application/octet-stream';
