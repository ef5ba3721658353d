import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { sql } from 'kysely';
import { findReservation } from '../reservations/read-reservations.ts';
import { readSeatMap } from '../seats/read-seat-map.ts';
import { failureOf } from '../testing/race.ts';
import { useScene } from '../testing/scene.ts';
import { testSeed } from '../testing/seed.ts';
import { eventsOf, type Story, tellStory } from '../testing/stories.ts';
import { applyEvent } from './apply-event.ts';
import type { SeatCloudEvent } from './seat-event.ts';

const scene = useScene();

const applyAll = async (events: readonly SeatCloudEvent[]) => {
  for (const event of events) await applyEvent(scene.db, event);
};

const forget = async () => {
  await sql`DELETE FROM seat_map`.execute(scene.db);
  await sql`DELETE FROM tickets`.execute(scene.db);
};

async function expectEnd({ hall, user, reservationId, statuses }: Story): Promise<void> {
  const { items } = await readSeatMap(scene.db, hall.performanceId);
  const shown = items
    .filter(({ status }) => status !== 'available')
    .map((seat) => [`${seat.row}-${seat.number}`, seat.status]);
  expect(Object.fromEntries(shown)).toEqual(
    Object.fromEntries(Object.entries(statuses).filter(([, status]) => status !== 'available')),
  );
  const { tickets } = await findReservation(scene.db, user, reservationId);
  expect(tickets).toEqual([{ ticketId: expect.any(String), seatId: `${hall.performanceId}:A-1` }]);
}

/**
 * Deliveries as the contract allows them: any order between seats, the first delivery of each in the order of
 * its seat, and repetitions of anything that was delivered before.
 */
const deliveries = (events: readonly SeatCloudEvent[]) =>
  fc
    .array(fc.record({ pick: fc.nat(), repeat: fc.option(fc.nat(), { freq: 2 }) }), {
      minLength: events.length,
      maxLength: events.length,
    })
    .map((steps) => {
      const waiting = Map.groupBy(events, ({ subject }) => subject);
      const delivered: SeatCloudEvent[] = [];
      for (const { pick, repeat } of steps) {
        const seats = [...waiting.values()].filter(({ length }) => length > 0);
        const next = seats[pick % seats.length]?.shift();
        if (next !== undefined) delivered.push(next);
        const again = repeat === null ? undefined : delivered[repeat % delivered.length];
        if (again !== undefined) delivered.push(again);
      }
      return delivered;
    });

describe('the events of a hall', () => {
  test('lead to its map and its tickets', async () => {
    const story = await tellStory(scene);
    await applyAll(await eventsOf(scene, story.hall));
    await expectEnd(story);
  });

  test('do so in every order and repetition that may be delivered', async () => {
    const story = await tellStory(scene);
    const events = await eventsOf(scene, story.hall);
    const property = fc.asyncProperty(deliveries(events), async (order) => {
      await forget();
      expect(new Set(order.map(({ id }) => id)).size).toBe(events.length);
      await applyAll(order);
      await expectEnd(story);
    });
    await fc.assert(property, { seed: testSeed('deliveries'), numRuns: 60, endOnFailure: true });
  }, 60_000);

  test('do so when the whole of them comes twice', async () => {
    const story = await tellStory(scene);
    const events = await eventsOf(scene, story.hall);
    await applyAll([...events, ...events]);
    await expectEnd(story);
  });

  test('never turn the map back when one that was set aside comes late, and its ticket is issued all the same', async () => {
    const story = await tellStory(scene);
    const events = await eventsOf(scene, story.hall);
    const isSale = ({ type }: SeatCloudEvent) => type === 'reservation.completed';
    const others = events.filter((event) => !isSale(event));
    await applyAll(events.filter(isSale));
    await applyAll(others.toReversed());
    await expectEnd(story);
  });

  test('do so when many consumers have the same one at once', async () => {
    const story = await tellStory(scene);
    for (const event of await eventsOf(scene, story.hall)) {
      await Promise.all([1, 2, 3, 4].map(() => applyEvent(scene.db, event)));
    }
    await expectEnd(story);
  });
});

/** The statement that writes the map, without its comparison of versions. */
async function applyUnguarded({ type, data }: SeatCloudEvent): Promise<void> {
  const status = type === 'seat.held' ? 'held' : type === 'reservation.completed' ? 'sold' : 'available';
  await sql`
    INSERT INTO seat_map (seat_id, performance_id, status, hold_id, version, changed_at)
    VALUES (${data.seatId}, ${data.performanceId}, ${status}, NULL, ${data.version}, now())
    ON CONFLICT (seat_id) DO UPDATE SET status = excluded.status, version = excluded.version`.execute(
    scene.db,
  );
}

test('the control: without the comparison of versions some deliveries end in another map', async () => {
  const story = await tellStory(scene);
  const events = await eventsOf(scene, story.hall);
  await applyAll(events);
  const property = fc.asyncProperty(deliveries(events), async (order) => {
    for (const event of order) await applyUnguarded(event);
    await expectEnd(story);
  });
  const result = await fc.check(property, { seed: testSeed('control'), numRuns: 60, endOnFailure: true });
  expect(result.failed).toBe(true);
});

test('an event of a seat that does not exist is refused, and leaves nothing', async () => {
  const story = await tellStory(scene);
  const [event] = await eventsOf(scene, story.hall);
  if (event === undefined) throw new Error('the story has events');
  const stray = { ...event, data: { ...event.data, seatId: 'nowhere' as typeof event.data.seatId } };
  await failureOf(applyEvent(scene.db, stray));
  const rows = await scene.db
    .selectFrom('seat_map')
    .select('seat_id')
    .where('seat_id', '=', stray.data.seatId)
    .execute();
  expect(rows).toEqual([]);
});
