import { afterAll, expect, test } from '@jest/globals';
import * as v from 'valibot';
import { problem } from './problem.ts';
import { buy, charge, createPerformance, readList, seatAt } from './scene.ts';
import { entryShape, listOf, performanceShape, read, reservationShape } from './shapes.ts';
import { openWorld } from './world.ts';

const world = await openWorld();
afterAll(() => world.close());

const lists = ['/performances', '/wallet/entries', '/reservations'];
const user = await world.newUser();

test.each(lists)('%s: a limit is a plain decimal from 1 to 200', async (path) => {
  for (const limit of ['1', '2', '50', '200']) {
    const answer = await world.send({ path: `${path}?limit=${limit}`, token: user.token });
    expect([limit, answer.status]).toEqual([limit, 200]);
  }
  for (const limit of [
    '0',
    '201',
    '-1',
    '1.5',
    '1.0',
    '1e1',
    '0x10',
    '%2B5',
    '%205',
    '5%20',
    '',
    'abc',
    'null',
    '%D9%A3',
    '99999999999999999999',
    '%00',
    '1_0',
    '5,6',
  ]) {
    const answer = await world.send({ path: `${path}?limit=${limit}`, token: user.token });
    expect([limit, problem(answer)]).toEqual([limit, '422 invalid-request']);
  }
});

test.each(lists)('%s: a cursor that is none is 422', async (path) => {
  const forged = [
    'nonsense',
    '%00',
    '%F0%9F%8E%AB',
    "'%20OR%201=1--",
    '-1',
    '99999999999999999999999',
    'a'.repeat(4000),
    Buffer.from('99999999999999999999999').toString('base64url'),
    Buffer.from('{"sequence":"x"}').toString('base64url'),
    Buffer.from('-1').toString('base64url'),
    Buffer.from('1e400').toString('base64url'),
    Buffer.from('\u0000').toString('base64url'),
  ];
  const item = v.looseObject({});
  for (const cursor of forged) {
    const answer = await world.send({ path: `${path}?cursor=${cursor}`, token: user.token });
    // A forged cursor of the right form cannot be told from a real one; anything but a page or a 422 is wrong.
    const said = answer.status === 200 ? read(answer, 200, listOf(item)).nextCursor : problem(answer);
    expect([cursor, said === null || said === '422 invalid-request', said]).toEqual([cursor, true, said]);
  }
  const plain = await world.send({ path: `${path}?cursor=nonsense%20%00`, token: user.token });
  expect(problem(plain)).toBe('422 invalid-request');
});

test('an empty list is a list', async () => {
  const newcomer = await world.newUser();
  for (const path of ['/wallet/entries', '/reservations']) {
    const answer = await world.send({ path, token: newcomer.token });
    expect([answer.status, answer.json]).toEqual([200, { items: [], nextCursor: null }]);
  }
});

test('entries: newest first, each once, whatever the size of the page; 50 unless told', async () => {
  const payer = await world.newUser();
  const chargeIds: string[] = [];
  for (let amount = 1; amount <= 55; amount += 1)
    chargeIds.unshift((await charge(world, payer, amount)).chargeId);
  for (const limit of [1, 7, 54, 55, 200]) {
    const items = await readList(world, payer.token, '/wallet/entries', entryShape, limit);
    expect(items.map((entry) => entry.referenceId)).toEqual(chargeIds);
  }
  const page = read(
    await world.send({ path: '/wallet/entries', token: payer.token }),
    200,
    listOf(entryShape),
  );
  expect(page.items).toHaveLength(50);
});

test('entries: a page does not shift when rows are added', async () => {
  const payer = await world.newUser();
  for (let amount = 1; amount <= 6; amount += 1) await charge(world, payer, amount);
  const pageAt = async (query: string) =>
    read(await world.send({ path: `/wallet/entries?${query}`, token: payer.token }), 200, listOf(entryShape));
  const first = await pageAt('limit=2');
  for (let amount = 7; amount <= 11; amount += 1) await charge(world, payer, amount);
  const second = await pageAt(`limit=2&cursor=${encodeURIComponent(first.nextCursor ?? '')}`);
  const third = await pageAt(`limit=2&cursor=${encodeURIComponent(second.nextCursor ?? '')}`);
  const amounts = [first, second, third].flatMap((page) => page.items.map((entry) => entry.amount));
  expect(amounts).toEqual([6, 5, 4, 3, 2, 1]);
});

test('a cursor in the hands of another opens nothing', async () => {
  const owner = await world.newUser();
  for (let amount = 1; amount <= 3; amount += 1) await charge(world, owner, amount);
  const answer = await world.send({ path: '/wallet/entries?limit=1', token: owner.token });
  const cursor = encodeURIComponent(read(answer, 200, listOf(entryShape)).nextCursor ?? '');
  const stranger = await world.newUser();
  const seen = await world.send({ path: `/wallet/entries?cursor=${cursor}`, token: stranger.token });
  const nothing = JSON.stringify({ items: [], nextCursor: null });
  expect([nothing, '422 invalid-request']).toContain(
    seen.status === 200 ? JSON.stringify(seen.json) : problem(seen),
  );
});

test('performances and reservations: newest first, page by page', async () => {
  const created: string[] = [];
  for (let n = 0; n < 3; n += 1) created.unshift((await createPerformance(world)).performanceId);
  const answer = await world.send({ path: '/performances?limit=2' });
  const page = read(answer, 200, listOf(performanceShape));
  await createPerformance(world);
  const path = `/performances?limit=1&cursor=${encodeURIComponent(page.nextCursor ?? '')}`;
  const next = read(await world.send({ path }), 200, listOf(performanceShape));
  expect([...page.items, ...next.items].map((p) => p.performanceId)).toEqual(created);

  const scene = await createPerformance(world);
  const buyer = await world.newUser();
  const bought: string[] = [];
  for (let n = 0; n < 3; n += 1) {
    const { payment } = await buy(world, scene, [seatAt(scene, n)], buyer);
    bought.unshift(payment.reservationId);
  }
  for (const limit of [1, 2, 3]) {
    const items = await readList(world, buyer.token, '/reservations', reservationShape, limit);
    expect(items.map((r) => r.reservationId)).toEqual(bought);
  }
});
