import { json } from '../lib/http/answer.ts';
import { endpoint } from '../lib/http/endpoint.ts';
import { httpHandler } from '../lib/http/http-handler.ts';
import { PageQuery } from '../lib/page.ts';
import { listEntries } from '../lib/wallet/list-entries.ts';
import { readWallet } from '../lib/wallet/read-wallet.ts';

export const handler = httpHandler({
  'GET /wallet': endpoint({
    access: 'user',
    handle: async ({ identity: { userId } }, { db }) => json(200, await readWallet(db, userId)),
  }),
  'GET /wallet/entries': endpoint({
    access: 'user',
    query: PageQuery,
    handle: async ({ identity: { userId }, query }, { db }) =>
      json(200, await listEntries(db, userId, query)),
  }),
});
