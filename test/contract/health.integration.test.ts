import { afterAll, expect, test } from '@jest/globals';
import { healthShape, read } from './shapes.ts';
import { openWorld } from './world.ts';

const world = await openWorld();
afterAll(() => world.close());

test('all is up, says so to everybody within 2 s, and is not stored', async () => {
  const answer = await world.send({ path: '/health' });
  expect(read(answer, 200, healthShape)).toMatchObject({ redis: 'up', postgres: 'up', kafka: 'up' });
  expect(answer.headers['cache-control']).toBe('no-store');
  expect(answer.tookMs).toBeLessThan(2000);
});

test('twenty at once are answered as quickly', async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, () => world.send({ path: '/health' })));
  for (const answer of answers) {
    expect(answer.status).toBe(200);
    expect(answer.tookMs).toBeLessThan(2000);
  }
});
