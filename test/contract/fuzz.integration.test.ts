import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { anyCall } from './fuzz-calls.ts';
import type { Call } from './http.ts';
import { admit, buy, charge, createPerformance, hold, newKey, type Scene, seatAt } from './scene.ts';
import { openWorld, type User } from './world.ts';

const world = await openWorld();
afterAll(() => world.close());

/** Set to repeat a run. */
const seed = Number(process.env['CONTRACT_FUZZ_SEED'] ?? Date.now() % 2 ** 31);
const runs = 1500;

let scene: Scene;
let user: User;
let holdId: string;
let reservationId: string;

beforeAll(async () => {
  scene = await createPerformance(world);
  user = await world.newUser('fuzz');
  reservationId = (await buy(world, scene, [seatAt(scene, 2)], user)).payment.reservationId;
  await admit(world, user, scene.performanceId);
  await charge(world, user, 1_000_000);
  holdId = (await hold(world, user, scene, [seatAt(scene, 0)])).holdId;
});

const fill = (text: string) =>
  text
    .replaceAll('{performance}', scene.performanceId)
    .replaceAll('{hold}', holdId)
    .replaceAll('{reservation}', reservationId)
    .replaceAll('{seat}', seatAt(scene, 1));

test(`nothing a client sends yields a 5xx (CONTRACT_FUZZ_SEED=${seed})`, async () => {
  console.log(`fuzz: CONTRACT_FUZZ_SEED=${seed}, ${runs} runs`);
  await fc.assert(
    fc.asyncProperty(anyCall, async ({ method, path, headers: given, raw, key, as, authorization }) => {
      const request: Call = {
        method,
        path: fill(path),
        ...(raw === undefined ? {} : { raw: typeof raw === 'string' ? fill(raw) : raw }),
        headers: as === 'odd' ? { ...given, authorization } : given,
        ...(key === undefined ? {} : { key: key === 'fresh' ? newKey() : key }),
        ...(as === 'user' ? { token: user.token } : as === 'admin' ? { token: world.admin.token } : {}),
      };
      const answer = await world.send(request);
      if (answer.status < 200 || answer.status >= 500)
        throw new Error(`${request.method} ${request.path}: ${answer.status} ${answer.text.slice(0, 300)}`);
    }),
    { seed, numRuns: runs, endOnFailure: false },
  );
  expect((await world.send({ path: '/health' })).status).toBe(200);
}, 240_000);
