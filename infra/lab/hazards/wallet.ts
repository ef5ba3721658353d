import type { Reply, Statements } from '../cell.ts';
import type { Lab } from '../laboratory.ts';

/** Changes a balance as one who is alone would: reads it, adds to it, writes it; refuses below 0. */
export async function changeBalance(
  lab: Lab,
  statements: Statements,
  id: string,
  points: number,
): Promise<Reply> {
  const query = 'SELECT balance FROM lab.wallets WHERE id = $1';
  const [wallet] = await statements.query<{ balance: number }>(query, [id]);
  const balance = (wallet?.balance ?? 0) + points;
  if (balance < 0) return { outcome: 'refused' };
  await lab.think();
  await statements.query('UPDATE lab.wallets SET balance = $2 WHERE id = $1', [id, balance]);
  return { outcome: 'done' };
}

/** The same in one statement. */
export async function changeBalanceAtOnce(
  statements: Statements,
  id: string,
  points: number,
): Promise<Reply> {
  const changed = await statements.query(
    'UPDATE lab.wallets SET balance = balance + $2 WHERE id = $1 AND balance + $2 >= 0 RETURNING id',
    [id, points],
  );
  return { outcome: changed.length === 1 ? 'done' : 'refused' };
}

/** Changes a balance unless an operation with this key did before. */
export async function changeBalanceOnce(
  lab: Lab,
  statements: Statements,
  id: string,
  points: number,
): Promise<Reply> {
  const query = "SELECT FROM lab.operations WHERE id = $1 AND key = 'key'";
  const known = await statements.query(query, [id]);
  if (known.length > 0) return { outcome: 'repeated' };
  await lab.think();
  await statements.query("INSERT INTO lab.operations VALUES ($1, 'key')", [id]);
  return changeBalance(lab, statements, id, points);
}

/** The same in one statement, with a unique key. */
export async function changeBalanceByKey(statements: Statements, id: string, points: number): Promise<Reply> {
  const changed = await statements.query(
    `WITH operation AS (
       INSERT INTO lab.operations VALUES ($1, 'key', true) ON CONFLICT (id, key) WHERE guarded DO NOTHING RETURNING id)
     UPDATE lab.wallets SET balance = balance + $2 FROM operation WHERE wallets.id = operation.id RETURNING wallets.id`,
    [id, points],
  );
  return { outcome: changed.length === 1 ? 'done' : 'repeated' };
}
