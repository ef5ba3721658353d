import { type FaultProxy, startFaultProxy } from '../../test/contract/fault-proxy.ts';

/** The same address with a proxy before it that fails on demand. */
export async function proxied(
  address: string,
): Promise<{ readonly proxy: FaultProxy; readonly url: string }> {
  const url = new URL(address);
  const proxy = await startFaultProxy({ host: url.hostname, port: Number(url.port) });
  url.hostname = proxy.host;
  url.port = String(proxy.port);
  return { proxy, url: url.href };
}
