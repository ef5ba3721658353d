import * as v from 'valibot';

/** Which part of a list is asked for: `limit` rows whose sequence numbers are below `before`. */
export interface PageRequest {
  readonly limit: number;
  readonly before: number;
}

/** The same of a list whose sequence numbers ascend: the rows above `after`. */
export interface AscendingPageRequest {
  readonly limit: number;
  readonly after: number;
}

/** One part of a list. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

const decimal = /^[1-9]\d{0,2}$/;
const cursorText = /^[A-Za-z0-9_-]{1,24}$/;

const LimitAndCursor = v.object({
  limit: v.optional(
    v.pipe(
      v.string(),
      v.check((text) => decimal.test(text) && Number(text) <= 200, 'a plain decimal from 1 to 200'),
      v.transform(Number),
    ),
    '50',
  ),
  cursor: v.optional(
    v.pipe(
      v.string(),
      v.check((text) => decodeCursor(text) !== undefined, 'not a cursor of this list'),
      v.transform(decodeCursor),
    ),
  ),
});

/**
 * `limit` and `cursor` of a list, newest first. A cursor is the sequence number of the last row seen, so that a page
 * never shifts when rows are added: they get higher numbers.
 */
export const PageQuery = v.pipe(
  LimitAndCursor,
  v.transform(({ limit, cursor }): PageRequest => ({ limit, before: cursor ?? Number.MAX_SAFE_INTEGER })),
);

/** The same of a list that is complete when it can first be read, lowest number first. */
export const AscendingPageQuery = v.pipe(
  LimitAndCursor,
  v.transform(({ limit, cursor }): AscendingPageRequest => ({ limit, after: cursor ?? 0 })),
);

/**
 * Makes a page of rows that were read with one row more than the limit: the surplus tells that more follow.
 */
export function toPage<Row, Item>(
  rows: readonly Row[],
  { limit }: Pick<PageRequest, 'limit'>,
  sequenceOf: (row: Row) => number,
  toItem: (row: Row) => Item,
): Page<Item> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { items: shown.map(toItem), nextCursor: more ? encodeCursor(sequenceOf(last)) : null };
}

const encodeCursor = (sequence: number) => Buffer.from(`s${sequence}`).toString('base64url');

function decodeCursor(cursor: string): number | undefined {
  if (!cursorText.test(cursor)) return undefined;
  const sequence = /^s([1-9]\d{0,14})$/.exec(Buffer.from(cursor, 'base64url').toString('latin1'))?.[1];
  return sequence !== undefined && encodeCursor(Number(sequence)) === cursor ? Number(sequence) : undefined;
}
