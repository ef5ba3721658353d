import type { Reply, Round, Statements } from '../cell.ts';
import type { Lab } from '../laboratory.ts';

/** Entering a line: a ticket for who has none. `userOf` tells who the attempt is. */
export const entry = (lab: Lab, id: string, userOf: (index: number) => string): Omit<Round, 'audit'> => ({
  id,
  attempt: (statements, index) => enter(lab, statements, id, userOf(index)),
  conditional: (statements, index) => enterOnce(statements, id, userOf(index)),
});

async function enter(lab: Lab, statements: Statements, id: string, user: string): Promise<Reply> {
  const mine = 'SELECT ticket FROM lab.entries WHERE id = $1 AND user_id = $2';
  const [entered] = await statements.query<{ ticket: number }>(mine, [id, user]);
  if (entered !== undefined) return { outcome: 'repeated', ticket: entered.ticket };
  const last = 'SELECT coalesce(max(ticket), 0) AS ticket FROM lab.entries WHERE id = $1';
  const [row] = await statements.query<{ ticket: number }>(last, [id]);
  const ticket = (row?.ticket ?? 0) + 1;
  await lab.think();
  await statements.query('INSERT INTO lab.entries VALUES ($1, $2, $3)', [id, user, ticket]);
  return { outcome: 'done', ticket };
}

async function enterOnce(statements: Statements, id: string, user: string): Promise<Reply> {
  const [entered] = await statements.query<{ ticket: number }>(
    `WITH next AS (UPDATE lab.rounds SET last_ticket = last_ticket + 1 WHERE id = $1 RETURNING last_ticket)
     INSERT INTO lab.entries SELECT $1, $2, last_ticket, true FROM next
     ON CONFLICT (id, user_id) WHERE guarded DO NOTHING RETURNING ticket`,
    [id, user],
  );
  return entered === undefined ? { outcome: 'repeated' } : { outcome: 'done', ticket: entered.ticket };
}
