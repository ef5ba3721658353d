import { afterAll, expect, test } from '@jest/globals';
import { eventually } from './eventually.ts';
import { balance, buy, createPerformance, enter, placeIn, poll, readList, seatAt } from './scene.ts';
import { read, reservationShape } from './shapes.ts';
import { mintToken } from './tokens.ts';
import { openWorld } from './world.ts';

const world = await openWorld();
afterAll(() => world.close());

/** Every form that an id may have, the ugly ones first. */
const ids = [
  '__proto__',
  'constructor',
  '.',
  '..',
  ':',
  '-',
  '_',
  'a:b.c-d_e',
  '0',
  'null',
  'NaN',
  'Z'.repeat(64),
  '-inf',
];

test.each(ids)('%j is a user like any other', async (id) => {
  const user = { id, token: await mintToken(world.app.issuer, id) };
  const [scene, before] = [await createPerformance(world), await balance(world, user)];
  const { payment } = await buy(world, scene, [seatAt(scene, 0)], user);
  expect(await balance(world, user)).toBe(before + 1_000_000 - 100);
  expect(placeIn(await enter(world, user, scene.performanceId)).ticket).toBe(2);
  expect(placeIn(await poll(world, user, scene.performanceId)).ticket).toBe(2);
  const [newest] = await readList(world, user.token, '/reservations', reservationShape);
  expect(newest?.reservationId).toBe(payment.reservationId);
  const path = `/reservations/${payment.reservationId}`;
  const { tickets } = await eventually('the ticket', 10_000, async () => {
    const found = read(await world.send({ path, token: user.token }), 200, reservationShape);
    return found.tickets.length > 0 ? found : undefined;
  });
  expect(tickets).toHaveLength(1);
});

test('ids that differ in the case of a letter are two users', async () => {
  const [small, large] = ['case-of-a-letter', 'Case-of-a-letter'];
  const scene = await createPerformance(world, { waitingRoom: { capacity: 1 } });
  const enterAs = async (id: string) => {
    const token = await mintToken(world.app.issuer, id);
    return placeIn(await enter(world, { id, token }, scene.performanceId)).ticket;
  };
  expect([await enterAs(small), await enterAs(large), await enterAs(small)]).toEqual([1, 2, 1]);
});
