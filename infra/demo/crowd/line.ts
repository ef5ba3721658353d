import type { Person } from './person.ts';

/** A person is not asked to look away for longer than this. */
const longestPollMs = 5_000;
const shortestPollMs = 200;

/** Enters the line, some press the button several times at once. */
export async function enterLine(person: Person): Promise<void> {
  const { habits, sale } = person;
  const presses = Array.from({ length: habits.entries }, () =>
    person.ask({ kind: 'enter queue', method: 'POST', path: `/performances/${sale.performanceId}/queue` }),
  );
  await Promise.all(presses);
}

/** Polls as often as the server says; who has lost the place enters again. True when admitted, false when the sale is over. */
export async function waitForTurn(person: Person): Promise<boolean> {
  const { habits, sale } = person;
  const queue = `/performances/${sale.performanceId}/queue`;
  while (!sale.over) {
    const answer = await person.ask({ kind: 'poll queue', method: 'GET', path: `${queue}/me` });
    if (answer?.json.status === 'admitted') return true;
    if (answer?.slug === 'not-in-queue') {
      person.beginNewStay();
      await enterLine(person);
    }
    if (habits.watchesSign) await person.ask({ kind: 'read queue', method: 'GET', path: queue });
    const pollMs = Number(answer?.json.pollAfterSeconds ?? 1) * 1000;
    await sale.pause(
      Math.min(Math.max(pollMs, shortestPollMs), longestPollMs) * (0.9 + person.random.next() / 5),
    );
  }
  return false;
}

/** Leaves the line, or the sale; it is said twice by some, as leaving is no mistake when one is out. */
export async function leaveLine(person: Person): Promise<void> {
  const path = `/performances/${person.sale.performanceId}/queue/me`;
  await person.ask({ kind: 'leave queue', method: 'DELETE', path });
  person.beginNewStay();
}
