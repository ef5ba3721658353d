import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below the range from which systems take the ports of outgoing connections (Linux 32768, macOS 49152). */
const lowestPort = 20_000;
const highestPort = 32_000;
const attempts = 50;

/**
 * Whether something could listen on this loopback port now.
 *
 * @throws when the system refuses for another reason than the port being taken (e.g. a privileged port)
 */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    });
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/**
 * A loopback port that is free now. It lies outside the range of outgoing connections, so that none of those
 * takes it while the server that had it starts again.
 *
 * @throws when 50 random ports were all taken
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const port = randomInt(lowestPort, highestPort);
    if (await isPortFree(port)) return port;
  }
  throw new Error(`no free port between ${lowestPort} and ${highestPort} after ${attempts} attempts`);
}
