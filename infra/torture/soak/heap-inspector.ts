import { readFile } from 'node:fs/promises';
import { untilReady } from '../../local/supervision/wait.ts';

const opensWithinMs = 5_000;
const answersWithinMs = 10_000;
const bytesPerMb = 2 ** 20;

/** A look into the heap of another Node process. */
export interface HeapInspector {
  /** Collects the garbage and says what is left, in MB. */
  liveHeapMb(): Promise<number>;
  close(): void;
}

/**
 * Asks a Node process for its inspector, by SIGUSR1; it says on its standard error where that listens.
 *
 * @param logFile where the process writes its standard error
 * @throws Error when the inspector does not open in time
 */
export async function openHeapInspector(pid: number, logFile: string): Promise<HeapInspector> {
  process.kill(pid, 'SIGUSR1');
  let url = '';
  await untilReady(
    async () => {
      const [, address] =
        /Debugger listening on (ws:\/\/127\.0\.0\.1:\S+)/.exec(await readFile(logFile, 'utf8')) ?? [];
      if (address === undefined) throw new Error('the inspector of the app does not open');
      url = address;
    },
    { deadlineMs: opensWithinMs, intervalMs: 100 },
  );
  const socket = new WebSocket(url);
  await nextEvent(socket, 'open');
  let id = 0;
  const ask = async (method: string): Promise<string> => {
    id += 1;
    socket.send(JSON.stringify({ id, method }));
    // Nothing was subscribed to, so that the next message is the answer.
    return nextEvent(socket, 'message');
  };
  return {
    async liveHeapMb() {
      await ask('HeapProfiler.collectGarbage');
      const [, bytes] = /"usedSize":(\d+)/.exec(await ask('Runtime.getHeapUsage')) ?? [];
      if (bytes === undefined) throw new Error('the inspector does not tell the size of the heap');
      return Number(bytes) / bytesPerMb;
    },
    close: () => socket.close(),
  };
}

function nextEvent(socket: WebSocket, type: 'open' | 'message'): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const timer = setTimeout(
    () => reject(new Error(`the inspector says nothing in ${answersWithinMs} ms`)),
    answersWithinMs,
  );
  const failed = () => reject(new Error('the connection to the inspector broke'));
  socket.addEventListener('error', failed, { once: true });
  socket.addEventListener(type, (event) => resolve('data' in event ? String(event.data) : ''), {
    once: true,
  });
  return promise.finally(() => {
    clearTimeout(timer);
    socket.removeEventListener('error', failed);
  });
}
