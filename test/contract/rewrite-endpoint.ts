import type { Endpoint } from './fault-proxy.ts';

/**
 * Kafka names its brokers in its replies as a string and a 32-bit port. Puts `port` in the place of the target's
 * wherever it follows the target's host: the length stays, so the frames stay right.
 */
export function rewriteEndpoint(reply: Buffer, target: Endpoint, port: number): Buffer {
  const named = Buffer.alloc(Buffer.byteLength(target.host) + 4);
  named.write(target.host);
  named.writeInt32BE(target.port, named.length - 4);
  const rewritten = Buffer.from(reply);
  for (let at = rewritten.indexOf(named); at !== -1; at = rewritten.indexOf(named, at + named.length)) {
    rewritten.writeInt32BE(port, at + named.length - 4);
  }
  return rewritten;
}
