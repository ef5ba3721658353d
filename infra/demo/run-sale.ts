import type { Redis } from 'ioredis';
import type { Exchange } from '../audit/exchange.ts';
import type { RoomSample } from '../audit/room-sample.ts';
import { holdSeconds, openSale, pricePoints } from './box-office.ts';
import { Client } from './crowd/client.ts';
import { drawHabits } from './crowd/habits.ts';
import { Person } from './crowd/person.ts';
import { Sale } from './crowd/sale.ts';
import { attend } from './crowd/story.ts';
import type { DemoOptions } from './options.ts';
import type { Progress } from './progress.ts';
import { Random } from './random.ts';
import type { Stage } from './stage.ts';
import { watchRoom } from './watch-room.ts';

/** The bound on a sale that does not end by itself: some time to begin with, and some for each person. */
const longestSaleMs = (users: number) => 60_000 + 60 * users;
const maxInFlight = 256;

export type SaleRun = {
  readonly performanceId: string;
  readonly exchanges: readonly Exchange[];
  readonly samples: readonly RoomSample[];
  readonly soldSeats: number;
  /** The sale neither sold out nor came to its end, but was stopped by its limit. */
  readonly outOfTime: boolean;
  readonly elapsedMs: number;
};

/** Opens the sale, lets the whole crowd in at once, and returns when the last one has gone home. */
export async function runSale(
  stage: Stage,
  redis: Redis,
  options: DemoOptions,
  progress: Progress,
): Promise<SaleRun> {
  const { users, seats, capacity, seed } = options;
  const performanceId = await openSale(stage, seats, capacity);
  const hall = { price: pricePoints, seats, holdMs: holdSeconds * 1000 };
  const client = new Client(stage.http, maxInFlight);
  const tokens = await issueTokens(stage, performanceId, users);
  const sale = new Sale(performanceId, hall, longestSaleMs(users));
  const watch = watchRoom(redis, performanceId, capacity, Math.max(100, users / 10));
  const startedAt = performance.now();
  const crowd = gather(tokens, sale, client, seed);
  try {
    let gone = 0;
    progress.begin(
      'on sale',
      () =>
        `${sale.soldSeats} of ${seats} seats sold, ${client.exchanges.length} requests, ${gone} of ${users} people done`,
    );
    await Promise.all(crowd.map((person) => attend(person).finally(() => (gone += 1))));
  } finally {
    sale.close();
    client.close();
  }
  return {
    performanceId,
    exchanges: client.exchanges,
    samples: await watch.stop(),
    soldSeats: sale.soldSeats,
    outOfTime: sale.outOfTime,
    elapsedMs: performance.now() - startedAt,
  };
}

/** Tokens before the doors open: signing is no part of what is measured. User ids are new with each performance. */
async function issueTokens(stage: Stage, performanceId: string, users: number): Promise<Map<string, string>> {
  const run = performanceId.slice(0, 8);
  const names = Array.from({ length: users }, (_, index) => `demo-${run}-${index + 1}`);
  const tokens = await stage.issueTokens(names, { admin: false });
  return new Map(names.map((name, index) => [name, tokens[index] ?? '']));
}

function gather(tokens: ReadonlyMap<string, string>, sale: Sale, client: Client, seed: number): Person[] {
  const random = new Random(seed);
  return [...tokens].map(([userId, token], index) => {
    const own = random.fork(index);
    return new Person(userId, token, drawHabits(own), own, sale, client);
  });
}
