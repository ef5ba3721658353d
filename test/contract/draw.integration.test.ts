import { spawnSync } from 'node:child_process';
import { createHash, createHmac } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { eventually } from './eventually.ts';
import { problem } from './problem.ts';
import { createPerformance, enter, leave, performanceBody, placeIn, poll, readList } from './scene.ts';
import { drawnShape, performanceShape, read, undrawnShape } from './shapes.ts';
import { openWorld, type User } from './world.ts';

const world = await openWorld();
afterAll(() => world.close());

const participants = 12;
let performanceId = '';
let commitment = '';
let people: User[] = [];
let late: User;

const find = async () =>
  read(await world.send({ path: `/performances/${performanceId}` }), 200, performanceShape);

/** Those after it go on from here: one person has left in time, and one comes too late. */
test('until the opening a place has no ticket, and neither seed nor list is shown', async () => {
  const created = await world.send({
    path: '/performances',
    token: world.admin.token,
    json: performanceBody({
      opensAt: new Date(Date.now() + 6_000).toISOString(),
      waitingRoom: { draw: true, capacity: 3 },
    }),
  });
  const made = read(created, 201, performanceShape);
  ({ performanceId, drawCommitment: commitment = '' } = made);
  expect(made.drawSeed).toBeUndefined();
  const [gone, ...rest] = await world.newUsers(participants + 2);
  people = rest.slice(0, participants);
  late = rest[participants] as User;
  for (const user of [gone as User, ...people]) {
    const entered = await enter(world, user, performanceId);
    read(entered, 201, undrawnShape);
    read(await enter(world, user, performanceId), 200, undrawnShape);
    read(await poll(world, user, performanceId), 200, undrawnShape);
  }
  await leave(world, gone as User, performanceId);
  expect((await find()).drawSeed).toBeUndefined();
  const draw = await world.send({ path: `/performances/${performanceId}/draw` });
  expect([problem(draw), draw.headers['cache-control']]).toEqual(['404 not-found', 'no-store']);
  await eventually('the opening', 10_000, async () => (await find()).drawSeed);
  await eventually('the draw', 2_000, async () => {
    const { status } = await world.send({ path: `/performances/${performanceId}/draw` });
    return status === 200 ? true : undefined;
  });
}, 60_000);

test('the seed is the one that was committed to', async () => {
  const { drawCommitment, drawSeed = '' } = await find();
  expect(commitment).toMatch(/^[0-9a-f]{64}$/);
  expect(drawCommitment).toBe(commitment);
  expect(createHash('sha256').update(Buffer.from(drawSeed, 'hex')).digest('hex')).toBe(commitment);
});

test('everybody has the ticket that the seed gives, in the list too, and who comes now the next', async () => {
  const seed = Buffer.from((await find()).drawSeed ?? '', 'hex');
  const digestOf = ({ id }: User) => createHmac('sha256', seed).update(id).digest('hex');
  const order = people.toSorted((a, b) => (digestOf(a) < digestOf(b) ? -1 : 1));
  for (const [index, user] of order.entries()) {
    const place = placeIn(await poll(world, user, performanceId));
    expect([user.id, place.ticket, place.status]).toEqual([
      user.id,
      index + 1,
      index < 3 ? 'admitted' : 'waiting',
    ]);
  }
  expect(placeIn(await enter(world, late, performanceId)).ticket).toBe(participants + 1);
  const items = await readList(world, undefined, `/performances/${performanceId}/draw`, drawnShape, 5);
  expect(items).toEqual(order.map((user, index) => ({ digest: digestOf(user), ticket: index + 1 })));
});

test('the list is a public read', async () => {
  const path = `/performances/${performanceId}/draw?limit=2`;
  const { headers } = await world.send({ path });
  expect(headers['cache-control']).toMatch(/^public, max-age=\d+, stale-if-error=0$/);
  const again = await world.send({ path, headers: { 'if-none-match': headers.etag ?? '' } });
  expect([again.status, again.text]).toEqual([304, '']);
  for (const query of ['limit=0', 'limit=201', 'limit=x', 'cursor=x']) {
    const answer = await world.send({ path: `/performances/${performanceId}/draw?${query}` });
    expect([query, problem(answer)]).toEqual([query, '422 invalid-request']);
  }
});

test('without a draw: 404, and nothing about one in the performance', async () => {
  const plain = await createPerformance(world);
  expect(problem(await world.send({ path: `/performances/${plain.performanceId}/draw` }))).toBe(
    '404 not-found',
  );
  const shown = await world.send({ path: `/performances/${plain.performanceId}` });
  expect(shown.text).not.toContain('drawCommitment');
});

const verify = (...args: readonly string[]) => {
  const script = join(import.meta.dirname, '../../infra/verify-draw.ts');
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], {
    encoding: 'utf8',
    timeout: 30_000,
  });
  return { status, stdout, stderr };
};

test('verify-draw recomputes it, finds a person, and tells of another commitment', async () => {
  const [someone] = people;
  const { ticket } = placeIn(await poll(world, someone as User, performanceId));
  const good = verify(world.app.http, performanceId, '--commitment', commitment, someone?.id ?? '', 'nobody');
  expect(good).toEqual({
    status: 0,
    stdout: expect.stringContaining(`${someone?.id}: ticket ${ticket}\nnobody: took no part`),
    stderr: '',
  });
  expect(good.stdout).toMatch(new RegExp(`^${participants} drawn`));
  const bad = verify(world.app.http, performanceId, '--commitment', '0'.repeat(64));
  expect(bad).toMatchObject({ status: 1, stderr: expect.stringContaining('the one you noted') });
  expect(verify('nowhere').status).toBe(2);
});
