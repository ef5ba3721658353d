/** What a client sends and then waits for an answer to. */
export interface WireRequest {
  readonly bytes: Buffer;
  /** In a few words, for whoever reads where a process was killed. */
  readonly label: string;
}

/** A part of what a server sends. */
export interface WireReply {
  readonly bytes: Buffer;
  /** Whether the oldest request without an answer has its whole answer now. */
  readonly isLast: boolean;
}

/** Cuts the two directions of one connection; each cutter keeps what has not come whole yet. */
export interface Wire {
  readonly requests: (chunk: Buffer) => WireRequest[];
  readonly replies: (chunk: Buffer) => WireReply[];
}

/** The wire of a new connection through a proxy at this port. */
export type WireProtocol = (proxyPort: number) => Wire;

const nothing = Buffer.alloc(0);

/**
 * Cuts a stream into frames.
 *
 * @param endOf where the frame that begins at the offset ends; undefined while it is not whole
 */
export function cutter(
  endOf: (buffer: Buffer, offset: number) => number | undefined,
): (chunk: Buffer) => Buffer[] {
  let rest: Buffer = nothing;
  return (chunk) => {
    const buffer = Buffer.concat([rest, chunk]);
    const frames: Buffer[] = [];
    let offset = 0;
    for (let end = endOf(buffer, offset); end !== undefined && end > offset; end = endOf(buffer, offset)) {
      frames.push(buffer.subarray(offset, end));
      offset = end;
    }
    rest = buffer.subarray(offset);
    return frames;
  };
}

const maxLabelLength = 60;

/** A text on one line, short enough for a table. */
export const label = (text: string) => text.replaceAll(/\s+/g, ' ').trim().slice(0, maxLabelLength);
