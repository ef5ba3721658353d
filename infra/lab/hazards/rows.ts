import { randomUUID } from 'node:crypto';
import type { Lab } from '../laboratory.ts';

/** Makes the row that the attempts of a round have in common. @returns its id */
export async function newRound(lab: Lab): Promise<string> {
  const id = randomUUID();
  await lab.pool.query('INSERT INTO lab.rounds (id) VALUES ($1)', [id]);
  return id;
}

export async function newWallet(lab: Lab, balance: number): Promise<string> {
  const id = await newRound(lab);
  await lab.pool.query('INSERT INTO lab.wallets (id, balance) VALUES ($1, $2)', [id, balance]);
  return id;
}

export async function newSeat(lab: Lab): Promise<string> {
  const id = await newRound(lab);
  await lab.pool.query('INSERT INTO lab.seats (id) VALUES ($1)', [id]);
  return id;
}

export async function balanceOf(lab: Lab, id: string): Promise<number> {
  const { rows } = await lab.pool.query<{ balance: number }>(
    'SELECT balance FROM lab.wallets WHERE id = $1',
    [id],
  );
  return rows[0]?.balance ?? Number.NaN;
}

export async function countRows(lab: Lab, table: 'entries' | 'operations', id: string): Promise<number> {
  const { rows } = await lab.pool.query<{ count: number }>(
    `SELECT count(*) FROM lab.${table} WHERE id = $1`,
    [id],
  );
  return rows[0]?.count ?? Number.NaN;
}
