import { newKey, newUser } from '../../../../lib/testing/people.ts';
import { Client } from '../client.ts';
import { httpInvocation } from '../invocation.ts';
import { type CrashOperation, differences } from '../operation.ts';
import { endlessWalletLocks, findOne } from './leftovers.ts';

const amount = 500;

const findings = `
  SELECT (SELECT balance::int FROM wallets WHERE user_id = $1) AS balance,
    (SELECT count(*)::int FROM charges WHERE user_id = $1 AND idempotency_key = $2) AS charges,
    (SELECT array_agg(amount::int) FROM ledger_entries WHERE user_id = $1) AS entries,
    (SELECT count(*)::int FROM idempotency_keys WHERE user_id = $1 AND status = 201) AS keys`;

export const charge: CrashOperation = {
  name: 'charge',
  async stage(world, survivor) {
    const [user, idempotencyKey] = [newUser('charger'), newKey()];
    const request = { token: await world.tokenOf(user), idempotencyKey, body: { amount } };
    const invocation = httpInvocation('charge-wallet', 'POST /wallet/charges', request);
    const client = new Client(survivor, invocation);
    return {
      invocation,
      repeat: () => client.repeat(),
      audit: async (heard) => [
        ...(await client.auditReplay(heard, 201)),
        ...differences(await findOne(world, findings, [user, idempotencyKey]), {
          balance: amount,
          charges: 1,
          entries: [amount],
          keys: 1,
        }),
        ...(await endlessWalletLocks(world, user)),
      ],
    };
  },
};
