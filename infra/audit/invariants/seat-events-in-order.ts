import { readObject } from '../exchange.ts';
import type { Evidence, Invariant } from '../invariant.ts';

type SeatHistory = { partitions: Set<number>; eventIds: string[] };

/**
 * Per seat, the first delivery of each version comes as 1, 2, 3 …, up to the version of the seat's row; a repeat
 * has the id of the first delivery; all records of a seat lie on one partition, under the seat as their key.
 */
export const seatEventsInOrder: Invariant = {
  name: 'seat-events-in-order',
  claim: 'on the topic each seat counts 1, 2, 3 … without gap and in order, on one partition',
  async judge(evidence) {
    const { histories, violations, records } = readHistories(evidence);
    const { rows } = await evidence.database.query<{ seat_id: string; version: number }>(
      'SELECT seat_id, version FROM seats WHERE performance_id = ANY($1)',
      [evidence.performanceIds],
    );
    for (const { seat_id, version } of rows) {
      const history = histories.get(seat_id);
      const last = history?.eventIds.length ?? 0;
      if (last !== version) violations.push(`seat ${seat_id} is at version ${version}, the topic at ${last}`);
      if ((history?.partitions.size ?? 0) > 1)
        violations.push(`seat ${seat_id} is on ${history?.partitions.size} partitions`);
    }
    const partitions = new Set(evidence.records.map(({ partition }) => partition));
    const events = [...histories.values()].reduce((sum, { eventIds }) => sum + eventIds.length, 0);
    return {
      judged: events,
      counted: `${events} events in ${records} records of ${histories.size} seats on ${partitions.size} partitions`,
      violations,
    };
  },
};

function readHistories({ records, performanceIds }: Evidence) {
  const histories = new Map<string, SeatHistory>();
  const violations: string[] = [];
  let judged = 0;
  for (const { partition, offset, key, value } of records) {
    const event = readObject(value);
    const data = readObject(JSON.stringify(event.data ?? {}));
    if (!performanceIds.includes(String(data.performanceId))) continue;
    judged += 1;
    const where = `record ${partition}/${offset} of seat ${key}`;
    if (data.seatId !== key || event.subject !== key) violations.push(`${where} is about another seat`);
    const history = histories.get(key) ?? { partitions: new Set(), eventIds: [] };
    histories.set(key, history);
    history.partitions.add(partition);
    const version = Number(data.version);
    const last = history.eventIds.length;
    if (version === last + 1) history.eventIds.push(String(event.id));
    else if (version > last || !(version >= 1))
      violations.push(`${where} has version ${version} after ${last}`);
    else if (history.eventIds[version - 1] !== event.id)
      violations.push(`${where} is a second event of version ${version}`);
  }
  return { histories, violations, records: judged };
}
