import { expect, test } from '@jest/globals';
import { loadBetween, parseServerLoad } from './server-load.ts';

const info = (reads: number, get: number) =>
  `total_reads_processed:${reads}\r\ncmdstat_get:calls=${get},usec=1\r\ncmdstat_info:calls=7,usec=1\r\ncmdstat_config|get:calls=2,usec=1\r\n`;

test('counts all commands but INFO', () => {
  expect(parseServerLoad(info(10, 5))).toEqual({ commands: 7, reads: 10 });
});

test('leaves the second look out', () => {
  const [before, after] = [parseServerLoad(info(10, 5)), parseServerLoad(info(14, 8))];
  expect(loadBetween(before, after)).toEqual({ commands: 3, reads: 3 });
});

test('a server that counts no reads is refused', () => {
  expect(() => parseServerLoad('redis_version:5')).toThrow('does not count its reads');
});
