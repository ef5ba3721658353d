import type { Endpoint } from '../../../../test/contract/fault-proxy.ts';
import { rewriteEndpoint } from '../../../../test/contract/rewrite-endpoint.ts';
import { cutter, type WireProtocol } from './protocol.ts';

/** The requests that a producer and a consumer make, by the number that the protocol gives them. */
const names = new Map([
  [0, 'Produce'],
  [1, 'Fetch'],
  [2, 'ListOffsets'],
  [3, 'Metadata'],
  [8, 'OffsetCommit'],
  [9, 'OffsetFetch'],
  [10, 'FindCoordinator'],
  [11, 'JoinGroup'],
  [12, 'Heartbeat'],
  [13, 'LeaveGroup'],
  [14, 'SyncGroup'],
  [18, 'ApiVersions'],
]);

const framed = (buffer: Buffer, offset: number) => {
  const end = offset + 4 <= buffer.length ? offset + 4 + buffer.readInt32BE(offset) : Infinity;
  return end <= buffer.length ? end : undefined;
};

const nameOf = (request: Buffer) => {
  const number = request.readInt16BE(4);
  return names.get(number) ?? `request ${number}`;
};

/** Kafka's protocol with this broker, which names itself in its replies: the proxy takes its place there. */
export const kafkaWire =
  (broker: Endpoint): WireProtocol =>
  (proxyPort) => {
    const cutRequests = cutter(framed);
    const cutReplies = cutter(framed);
    return {
      requests: (chunk) => cutRequests(chunk).map((bytes) => ({ bytes, label: nameOf(bytes) })),
      replies: (chunk) =>
        cutReplies(chunk).map((bytes) => ({
          bytes: rewriteEndpoint(bytes, broker, proxyPort),
          isLast: true,
        })),
    };
  };
