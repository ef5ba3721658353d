import { cutter, label, type WireProtocol, type WireRequest } from './protocol.ts';

const typed = (buffer: Buffer, offset: number) => {
  const end = offset + 5 <= buffer.length ? offset + 1 + buffer.readInt32BE(offset + 1) : Infinity;
  return end <= buffer.length ? end : undefined;
};
const untyped = (buffer: Buffer, offset: number) => {
  const end = offset + 4 <= buffer.length ? offset + buffer.readInt32BE(offset) : Infinity;
  return end <= buffer.length ? end : undefined;
};

const typeOf = (message: Buffer) => String.fromCharCode(message[0] ?? 0);
/** Authentication has succeeded, or is about to without another word of the client's. */
const wantsNoWord = new Set([0, 12]);

/** The text of a Parse message, behind the name of the statement. */
const parsedText = (message: Buffer) => {
  const begin = message.indexOf(0, 5) + 1;
  return message.toString('utf8', begin, message.indexOf(0, begin));
};

/**
 * PostgreSQL's protocol, version 3, without TLS. A request is what is answered by one ReadyForQuery: a simple query,
 * or everything up to a Sync; and each word of the client's while it introduces itself.
 */
export const postgresWire: WireProtocol = () => {
  let started = false;
  const cut = cutter((buffer, offset) => (started || offset > 0 ? typed : untyped)(buffer, offset));
  let gathered: Buffer[] = [];
  let text = '';
  const take = (name: string): WireRequest => {
    const request = { bytes: Buffer.concat(gathered), label: label(name) };
    gathered = [];
    text = '';
    return request;
  };
  return {
    requests: (chunk) =>
      cut(chunk).flatMap((message) => {
        gathered.push(message);
        if (!started) {
          started = true;
          return take('connect to Postgres');
        }
        const type = typeOf(message);
        if (type === 'P') text ||= parsedText(message);
        if (type === 'Q') return take(message.toString('utf8', 5, message.length - 1));
        if (type === 'S') return take(text);
        return type === 'p' ? take('password') : type === 'X' ? take('bye') : [];
      }),
    replies: replyCutter(),
  };
};

function replyCutter() {
  const cut = cutter(typed);
  return (chunk: Buffer) =>
    cut(chunk).map((bytes) => {
      const type = typeOf(bytes);
      const isWord = type === 'R' && !wantsNoWord.has(bytes.readInt32BE(5));
      return { bytes, isLast: type === 'Z' || isWord };
    });
}
