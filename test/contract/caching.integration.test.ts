import { afterAll, expect, test } from '@jest/globals';
import { eventually } from './eventually.ts';
import { admit, createPerformance, hold, seatAt } from './scene.ts';
import { openWorld } from './world.ts';

const world = await openWorld();
afterAll(() => world.close());

const scene = await createPerformance(world);
const publicReads = [
  `/performances/${scene.performanceId}`,
  `/performances/${scene.performanceId}/seats`,
  `/performances/${scene.performanceId}/queue`,
];
const entityTag = /^(W\/)?"[\x21\x23-\x7e]*"$/;

test.each(publicReads)('%s has an entity tag and says how long it may be kept', async (path) => {
  const answer = await world.send({ path });
  expect(answer.status).toBe(200);
  expect(answer.headers.etag).toMatch(entityTag);
  expect(answer.headers['cache-control']).toMatch(/\bmax-age=\d+\b/);
  expect(answer.headers['content-type']).toMatch(/^application\/json\b/);
});

test('the list of performances too', async () => {
  const answer = await world.send({ path: '/performances?limit=1' });
  expect(answer.headers.etag).toMatch(entityTag);
  expect(answer.headers['cache-control']).toMatch(/\bmax-age=\d+\b/);
});

test('the queue is cacheable for a second', async () => {
  const answer = await world.send({ path: `/performances/${scene.performanceId}/queue` });
  expect(answer.headers['cache-control']).toMatch(/\bmax-age=1\b/);
});

test.each(publicReads)('%s: the tag one has is answered by 304', async (path) => {
  const first = await world.send({ path });
  const etag = first.headers.etag ?? '';
  const weak = etag.startsWith('W/') ? etag : `W/${etag}`;
  for (const condition of [etag, weak, '*', `"other", ${etag}`, `"a","b",${weak}`]) {
    const answer = await world.send({ path, headers: { 'if-none-match': condition } });
    expect([condition, answer.status, answer.text, answer.headers.etag]).toEqual([condition, 304, '', etag]);
    expect(answer.headers['cache-control']).toBe(first.headers['cache-control']);
  }
});

test.each(publicReads)('%s: another tag, or none that can be read, is answered by 200', async (path) => {
  const { headers } = await world.send({ path });
  const unquoted = (headers.etag ?? '').replace(/^W\/|"/g, '');
  for (const condition of ['"other"', 'W/"other"', '""', '', 'nonsense', ',', `"${unquoted}x"`]) {
    const answer = await world.send({ path, headers: { 'if-none-match': condition } });
    expect([condition, answer.status]).toEqual([condition, 200]);
  }
});

test('a condition on what is not there, or not public, is ignored', async () => {
  const headers = { 'if-none-match': '*' };
  expect((await world.send({ path: '/performances/nothing', headers })).status).toBe(404);
  expect((await world.send({ path: '/wallet', token: world.admin.token, headers })).status).toBe(200);
  expect((await world.send({ path: '/health', headers })).status).toBe(200);
});

test('the tag of the seat map changes with the map, and only with it', async () => {
  const path = `/performances/${scene.performanceId}/seats`;
  const before = await world.send({ path });
  expect((await world.send({ path })).headers.etag).toBe(before.headers.etag);
  const user = await world.newUser();
  await admit(world, user, scene.performanceId);
  await hold(world, user, scene, [seatAt(scene, 0)]);
  await eventually('a new tag', 10_000, async () => {
    const answer = await world.send({ path, headers: { 'if-none-match': before.headers.etag } });
    return answer.status === 200 && answer.headers.etag !== before.headers.etag ? true : undefined;
  });
});
