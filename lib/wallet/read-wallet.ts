import { callDatabase } from '../db/call-database.ts';
import type { Db } from '../db/client.ts';
import type { UserId } from '../ids.ts';

/** The balance in points; 0 for a user who never had any. One SELECT. */
export async function readWallet(db: Db, userId: UserId): Promise<{ balance: number }> {
  const wallet = await callDatabase(() =>
    db.selectFrom('wallets').select('balance').where('user_id', '=', userId).executeTakeFirst(),
  );
  return { balance: wallet?.balance ?? 0 };
}
