import { Client } from '../../demo/crowd/client.ts';
import type { Random } from '../../demo/random.ts';
import type { TortureStage } from '../stage/open-stage.ts';
import { Actor } from './actor.ts';
import { probe } from './prober.ts';
import type { Sale } from './sale.ts';
import { shop } from './shopper.ts';
import { useWallet } from './wallet-user.ts';

const shoppers = 10;
const probers = 2;
/** Above what all actors together have under way: a request that waited for a connection would count its wait. */
const maxInFlight = 256;

/** A crowd at work, until it is ended. */
export interface Load {
  readonly client: Client;
  /** Ends the sale and resolves when the last request has its answer, or is given up. */
  end(): Promise<void>;
}

/**
 * Lets shoppers, each also at the own wallet, and probers at the sale.
 *
 * @param name part of the ids of the users, which are new with each load
 */
export async function startLoad(
  stage: TortureStage,
  sale: Sale,
  random: Random,
  name: string,
): Promise<Load> {
  const client = new Client(stage.http, maxInFlight);
  const userIds = Array.from({ length: shoppers + probers }, (_, n) => `torture-${name}-${n + 1}`);
  const tokens = await stage.issueTokens(userIds, { admin: false });
  const working = userIds.flatMap((userId, index) => {
    const user = { userId, token: tokens[index] ?? '' };
    const own = random.fork(index);
    const device = (n: number) => new Actor(user, `${userId}-${n}`, own.fork(n), sale, client);
    return index < shoppers ? [shop(device(1)), useWallet(device(2))] : [probe(device(1))];
  });
  return {
    client,
    async end() {
      sale.end();
      try {
        await Promise.all(working);
      } finally {
        client.close();
      }
    },
  };
}
