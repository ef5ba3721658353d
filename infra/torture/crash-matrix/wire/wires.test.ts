import { randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { kafkaWire } from './kafka.ts';
import { postgresWire } from './postgres.ts';
import type { WireProtocol } from './protocol.ts';
import { redisWire } from './redis.ts';

const proxyPort = 4_000;
const broker = { host: '127.0.0.1', port: 9_092 };

const int16 = (value: number) => Buffer.from([value >> 8, value & 255]);
function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}
const joined = (...parts: readonly (string | Buffer)[]) =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
const message = (type: string, body: Buffer) => joined(type, int32(body.length + 4), body);
const frame = (body: Buffer) => joined(int32(body.length), body);

/** What is asked, by which name, and what is answered, with whether it ends an answer. */
interface Talk {
  readonly protocol: WireProtocol;
  readonly requests: readonly (readonly [label: string, bytes: Buffer])[];
  readonly replies: readonly (readonly [isLast: boolean, bytes: Buffer])[];
}

const talks: Readonly<Record<string, Talk>> = {
  Redis: {
    protocol: redisWire,
    requests: [
      ['GET a', joined('*2\r\n$3\r\nGET\r\n$1\r\na\r\n')],
      [
        'evalsha {u-…}:lock',
        joined(`*4\r\n$7\r\nevalsha\r\n$2\r\nab\r\n$1\r\n1\r\n$45\r\n{u-${randomUUID()}}:lock\r\n`),
      ],
    ],
    replies: [
      [true, joined('$-1\r\n')],
      [true, joined('*2\r\n:1\r\n*2\r\n$4\r\na\r\nb\r\n_\r\n')],
      [false, joined('>3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\nm\r\n')],
      [false, joined('*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\nm\r\n')],
      [true, joined('%1\r\n+k\r\n,1.5\r\n')],
      [true, joined('-ERR no\r\n')],
    ],
  },
  Postgres: {
    protocol: postgresWire,
    requests: [
      ['connect to Postgres', frameWithItself(joined(int32(196_608), 'user\0u\0\0'))],
      ['password', message('p', joined('secret'))],
      ['begin', message('Q', joined('begin\0'))],
      [
        'update seats set a = $1',
        joined(
          message('P', joined('\0update  seats\n set a = $1\0', int16(0))),
          message('B', joined('\0\0')),
          message('E', joined('\0', int32(0))),
          message('S', Buffer.alloc(0)),
        ),
      ],
      ['bye', message('X', Buffer.alloc(0))],
    ],
    replies: [
      [true, message('R', int32(10))],
      [true, message('R', int32(11))],
      [false, message('R', int32(12))],
      [false, message('R', int32(0))],
      [false, message('C', joined('UPDATE 1\0'))],
      [true, message('Z', joined('I'))],
    ],
  },
  Kafka: {
    protocol: kafkaWire(broker),
    requests: [
      ['Produce', frame(joined(int16(0), int16(7), int32(1)))],
      ['OffsetCommit', frame(joined(int16(8), int16(5), int32(2)))],
      ['request 99', frame(joined(int16(99), int16(0), int32(3)))],
    ],
    replies: [[true, frame(joined(int32(1), 'anything'))]],
  },
};

function frameWithItself(body: Buffer): Buffer {
  return joined(int32(body.length + 4), body);
}

/** The same bytes in pieces of every size. */
const cuts = (bytes: Buffer) =>
  [1, 2, 3, 7, bytes.length].map((size) =>
    Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
      bytes.subarray(index * size, (index + 1) * size),
    ),
  );

describe.each(Object.entries(talks))('%s is cut into whole requests and answers', (_, talk) => {
  test('however they arrive', () => {
    for (const chunks of cuts(joined(...talk.requests.map(([, bytes]) => bytes)))) {
      const wire = talk.protocol(proxyPort);
      const requests = chunks.flatMap((chunk) => wire.requests(chunk));
      expect(requests.map(({ label, bytes }) => [label, bytes])).toEqual(talk.requests);
    }
    for (const chunks of cuts(joined(...talk.replies.map(([, bytes]) => bytes)))) {
      const wire = talk.protocol(proxyPort);
      const replies = chunks.flatMap((chunk) => wire.replies(chunk));
      expect(replies.map(({ isLast, bytes }) => [isLast, bytes])).toEqual(talk.replies);
    }
  });
});

test('the proxy takes the place of the broker where the broker names itself', () => {
  const named = (port: number) => frame(joined(int32(1), int16(9), '127.0.0.1', int32(port)));
  const [reply] = kafkaWire(broker)(proxyPort).replies(named(broker.port));
  expect(reply?.bytes).toEqual(named(proxyPort));
});
