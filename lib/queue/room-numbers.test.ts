import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { roomNumbers } from './room-numbers.ts';

const textOf = (file: string) => readFileSync(new URL(file, import.meta.url), 'utf8');
const namesIn = (list: string | undefined) => list?.split(',').map((name) => name.trim());

test('the scripts read and write the numbers in the order in which they are told apart here', () => {
  const unpacked = /\nlocal ([^=]+) = struct\.unpack\('<(d+)'/.exec(textOf('./room.lua'));
  const packed = /struct\.pack\('<(d+)',([^)]+)\)/.exec(textOf('./closing.lua'));
  expect(namesIn(unpacked?.[1])).toEqual(roomNumbers);
  expect(namesIn(packed?.[2])).toEqual(roomNumbers);
  expect([unpacked?.[2]?.length, packed?.[1]?.length]).toEqual([roomNumbers.length, roomNumbers.length]);
});
