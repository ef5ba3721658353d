import { cutter, label, type WireProtocol } from './protocol.ts';

const lineEnd = '\r\n';
/** Types of RESP3 that are a length and as many bytes, and those that are a count of values, once or in pairs. */
const strings = '$!=';
const lists = '*~>';
const pairs = '%|';
/** What a server says unasked. */
const unasked = /^[>*]\d+\r\n\$\d+\r\n[sp]?message\r\n/;

/** Where the value that begins at the offset ends; undefined while it is not whole. */
export function endOfValue(buffer: Buffer, offset: number): number | undefined {
  const lineEndsAt = buffer.indexOf(lineEnd, offset);
  if (lineEndsAt === -1) return undefined;
  const type = String.fromCharCode(buffer[offset] ?? 0);
  const size = Number(buffer.toString('latin1', offset + 1, lineEndsAt));
  const begin = lineEndsAt + lineEnd.length;
  if (strings.includes(type)) {
    const end = size < 0 ? begin : begin + size + lineEnd.length;
    return end <= buffer.length ? end : undefined;
  }
  const values = lists.includes(type) ? size : pairs.includes(type) ? 2 * size : 0;
  let end: number | undefined = begin;
  for (let value = 0; value < values && end !== undefined; value++) end = endOfValue(buffer, end);
  // An attribute stands before the value that it describes.
  return type === '|' && end !== undefined ? endOfValue(buffer, end) : end;
}

/** The words of a command: an array of strings. */
function wordsOf(command: Buffer): string[] {
  const words: string[] = [];
  for (let at = command.indexOf(lineEnd) + 2; at < command.length; ) {
    const begin = command.indexOf(lineEnd, at) + 2;
    const end = begin + Number(command.toString('latin1', at + 1, begin - 2));
    words.push(command.toString('utf8', begin, end));
    at = end + 2;
  }
  return words;
}

const ids = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/** A script is told by its first key: its text and its digest say little. Ids are left out: they are others each time. */
function commandLabel([name = '', ...words]: string[]): string {
  const isScript = /^eval(sha)?$/i.test(name);
  const told = (isScript ? words.slice(2, 3) : words.slice(0, 2)).join(' ');
  return label(`${name} ${told}`.replaceAll(ids, '…'));
}

/** Redis' protocol, versions 2 and 3: one reply a command, in their order. */
export const redisWire: WireProtocol = () => {
  const cutRequests = cutter(endOfValue);
  const cutReplies = cutter(endOfValue);
  return {
    requests: (chunk) => cutRequests(chunk).map((bytes) => ({ bytes, label: commandLabel(wordsOf(bytes)) })),
    replies: (chunk) =>
      cutReplies(chunk).map((bytes) => ({
        bytes,
        isLast: !unasked.test(bytes.toString('latin1', 0, 40)),
      })),
  };
};
