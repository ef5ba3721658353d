import { createHash, createHmac } from 'node:crypto';

/**
 * Recomputes a draw from what everybody can read, and from nothing else: it imports no file of this project. Its rules
 * are in docs/draw.md.
 */
const usage = `npm run verify-draw -- <http address> <performanceId> [--commitment HEX] [userId …]
Exits with 0 when the draw is as it was promised, 1 when it is not or cannot be read, 2 for a wrong command line.`;

const maxPages = 10_000;
const waitMs = 10_000;

class FaultError extends Error {}

function check(isTrue: boolean, fault: string): asserts isTrue {
  if (!isTrue) throw new FaultError(fault);
}

async function readJson(url: string): Promise<Record<string, unknown>> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(waitMs) });
  check(answer.ok, `${url}: ${answer.status}`);
  return Object(await answer.json());
}

/** The digests in the order of the list, whose tickets have to be 1, 2, 3 … */
async function readDigests(list: string): Promise<string[]> {
  const digests: string[] = [];
  let cursor = '';
  for (let page = 0; page < maxPages; page++) {
    const { items, nextCursor } = await readJson(`${list}?limit=200${cursor}`);
    check(Array.isArray(items), 'the draw is no list');
    for (const { digest, ticket } of items) {
      digests.push(String(digest));
      check(ticket === digests.length, `ticket ${ticket} stands where ${digests.length} should`);
    }
    if (nextCursor === null) return digests;
    check(typeof nextCursor === 'string', 'a cursor is no text');
    cursor = `&cursor=${encodeURIComponent(nextCursor)}`;
  }
  throw new FaultError(`the draw has more than ${maxPages} pages`);
}

async function verify(performance: string, noted: string | undefined, userIds: string[]): Promise<void> {
  const { drawCommitment, drawSeed } = await readJson(performance);
  check(typeof drawSeed === 'string', 'the seed is not shown: no draw, or the sale has not opened');
  const seed = Buffer.from(drawSeed, 'hex');
  const commitment = createHash('sha256').update(seed).digest('hex');
  check(seed.length === 32, 'the seed is not of 32 bytes');
  check(commitment === drawCommitment, 'the seed is not the one that was committed to');
  check(commitment === (noted ?? commitment), 'the commitment is not the one you noted');

  const digests = await readDigests(`${performance}/draw`);
  for (const [index, digest] of digests.entries()) {
    check(index === 0 || digest > String(digests[index - 1]), `ticket ${index + 1} is out of order`);
  }
  console.log(`${digests.length} drawn, in the order of the seed ${drawSeed}`);
  for (const userId of userIds) {
    const ticket = digests.indexOf(createHmac('sha256', seed).update(userId, 'utf8').digest('hex')) + 1;
    console.log(`${userId}: ${ticket === 0 ? 'took no part' : `ticket ${ticket}`}`);
  }
}

const [address, performanceId, ...rest] = process.argv.slice(2);
const noted = rest[0] === '--commitment' ? rest.splice(0, 2)[1] : undefined;
if (address === undefined || performanceId === undefined || !URL.canParse(address)) {
  console.error(usage);
  process.exitCode = 2;
} else {
  try {
    const path = `/performances/${encodeURIComponent(performanceId)}`;
    await verify(new URL(path, address).href, noted, rest);
  } catch (error) {
    console.error(`verify-draw: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
