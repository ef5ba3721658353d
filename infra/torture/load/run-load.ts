import { Client } from '../../demo/crowd/client.ts';
import type { Random } from '../../demo/random.ts';
import type { TortureStage } from '../stage/open-stage.ts';
import { Actor } from './actor.ts';
import { probe } from './prober.ts';
import { openSale, type Sale } from './sale.ts';
import { shop } from './shopper.ts';
import { probeAside } from './side-prober.ts';
import { useWallet } from './wallet-user.ts';

const shoppers = 10;
const probers = 2;
/** Above what all actors together have under way: a request that waited for a connection would count its wait. */
const maxInFlight = 256;

/** A hall of the performance beside the sale. */
const sideHall = { rows: 1, seatsPerRow: 20 };

/** A crowd at work, until it is ended. */
export interface Load {
  readonly client: Client;
  /** Of what is asked at the performance beside the sale. */
  readonly sideClient: Client;
  readonly sidePerformanceId: string;
  /** Ends the sale and resolves when the last request has its answer, or is given up. */
  end(): Promise<void>;
}

/**
 * Lets shoppers, each also at the own wallet, and probers at the sale, and one at a performance beside it.
 *
 * @param name part of the ids of the users, which are new with each load
 */
export async function startLoad(
  stage: TortureStage,
  sale: Sale,
  random: Random,
  name: string,
): Promise<Load> {
  const aside = await probeBeside(stage, random.fork(shoppers + probers), name);
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
    sideClient: aside.client,
    sidePerformanceId: aside.performanceId,
    async end() {
      sale.end();
      try {
        await Promise.all([...working, aside.end()]);
      } finally {
        client.close();
        aside.client.close();
      }
    },
  };
}

async function probeBeside(stage: TortureStage, random: Random, name: string) {
  const sale = await openSale(stage, sideHall, true);
  const client = new Client(stage.http, maxInFlight);
  const [user, admin] = [`torture-${name}-aside`, `torture-${name}-admin`];
  const [userToken = ''] = await stage.issueTokens([user], { admin: false });
  const [adminToken = ''] = await stage.issueTokens([admin], { admin: true });
  const actor = (userId: string, token: string, n: number) =>
    new Actor({ userId, token }, userId, random.fork(n), sale, client);
  const working = probeAside(actor(user, userToken, 1), actor(admin, adminToken, 2));
  const end = async () => {
    sale.end();
    await working;
  };
  return { client, performanceId: sale.performanceId, end };
}
