import { randomUUID } from 'node:crypto';
import type * as v from 'valibot';
import { eventually } from './eventually.ts';
import type { Answer } from './http.ts';
import * as shapes from './shapes.ts';
import type { User, World } from './world.ts';

/** The steps of the on-sale that most tests start from. Each asserts its own answer. */

export interface PerformanceSettings {
  readonly name?: string;
  readonly startsAt?: string;
  readonly opensAt?: string;
  readonly seats?: object;
  readonly waitingRoom?: object;
  readonly holdSeconds?: number;
  readonly maxSeatsPerUser?: number;
}

/** Five seats in each of two rows at 100 points, and a waiting room nobody waits in. */
export function performanceBody(settings: PerformanceSettings = {}) {
  return {
    name: 'Contract Night',
    startsAt: '2099-05-01T19:00:00.000Z',
    holdSeconds: 60,
    maxSeatsPerUser: 20,
    ...settings,
    seats: { rows: 2, seatsPerRow: 5, price: 100, ...settings.seats },
    waitingRoom: {
      capacity: 10_000,
      admitPerSecond: 10_000,
      admissionSeconds: 600,
      heartbeatSeconds: 600,
      draw: false,
      ...settings.waitingRoom,
    },
  };
}

export interface Scene {
  readonly performanceId: string;
  /** In the order of the rows and numbers. */
  readonly seatIds: readonly string[];
}

export async function createPerformance(world: World, settings: PerformanceSettings = {}): Promise<Scene> {
  const created = await world.send({
    path: '/performances',
    token: world.admin.token,
    json: performanceBody(settings),
  });
  const { performanceId } = shapes.read(created, 201, shapes.performanceShape);
  const { items } = await seatMap(world, performanceId);
  const seatIds = items
    .toSorted((a, b) => a.row.length - b.row.length || a.row.localeCompare(b.row) || a.number - b.number)
    .map((seat) => seat.seatId);
  return { performanceId, seatIds };
}

/** The nth seat of a scene, counted from 0. */
export function seatAt(scene: Scene, index: number): string {
  const seatId = scene.seatIds[index];
  if (seatId === undefined)
    throw new RangeError(`the scene has ${scene.seatIds.length} seats, not ${index + 1}`);
  return seatId;
}

export async function seatMap(
  world: World,
  performanceId: string,
): Promise<v.InferOutput<typeof shapes.seatMapShape>> {
  return shapes.read(
    await world.send({ path: `/performances/${performanceId}/seats` }),
    200,
    shapes.seatMapShape,
  );
}

/** The status of one seat in the public map. */
export async function seatStatus(world: World, scene: Scene, seatId: string): Promise<string | undefined> {
  const { items } = await seatMap(world, scene.performanceId);
  return items.find((seat) => seat.seatId === seatId)?.status;
}

export const enter = (world: World, user: User, performanceId: string, json?: unknown): Promise<Answer> =>
  world.send({ method: 'POST', path: `/performances/${performanceId}/queue`, token: user.token, json });

export const poll = (world: World, user: User, performanceId: string): Promise<Answer> =>
  world.send({ path: `/performances/${performanceId}/queue/me`, token: user.token });

export const leave = (world: World, user: User, performanceId: string): Promise<Answer> =>
  world.send({ method: 'DELETE', path: `/performances/${performanceId}/queue/me`, token: user.token });

/** The place told by an entry, be it the first (201) or a later one (200). */
export function placeIn(answer: Answer): shapes.Place {
  return shapes.read(answer, answer.status === 200 ? 200 : 201, shapes.placeShape);
}

/** Enters and polls until admitted, at most 10 s. */
export async function admit(world: World, user: User, performanceId: string): Promise<shapes.Place> {
  const entered = placeIn(await enter(world, user, performanceId));
  if (entered.status === 'admitted') return entered;
  return eventually('admission', 10_000, async () => {
    const place = placeIn(await poll(world, user, performanceId));
    return place.status === 'admitted' ? place : undefined;
  });
}

/** A new user, admitted. */
export async function insider(world: World, scene: Scene): Promise<User> {
  const user = await world.newUser();
  await admit(world, user, scene.performanceId);
  return user;
}

export const askHold = (
  world: World,
  user: User,
  performanceId: string,
  seatIds: readonly string[],
): Promise<Answer> =>
  world.send({ path: `/performances/${performanceId}/holds`, token: user.token, json: { seatIds } });

/** The best seats side by side, so many of them. */
export const askBest = (world: World, user: User, performanceId: string, count: unknown): Promise<Answer> =>
  world.send({ path: `/performances/${performanceId}/holds`, token: user.token, json: { best: { count } } });

/** Takes the seats for an admitted user. */
export async function hold(
  world: World,
  user: User,
  scene: Scene,
  seatIds: readonly string[],
): Promise<shapes.Hold> {
  return shapes.read(await askHold(world, user, scene.performanceId, seatIds), 201, shapes.holdShape);
}

export async function holdStatus(world: World, user: User, holdId: string): Promise<string> {
  const answer = await world.send({ path: `/holds/${holdId}`, token: user.token });
  return shapes.read(answer, 200, shapes.followedHoldShape).status;
}

export const askExtension = (world: World, user: User, holdId: string): Promise<Answer> =>
  world.send({ method: 'POST', path: `/holds/${holdId}/extension`, token: user.token });

export const release = (world: World, user: User, holdId: string): Promise<Answer> =>
  world.send({ method: 'DELETE', path: `/holds/${holdId}`, token: user.token });

/** A key nobody has used before. */
export const newKey = (): string => randomUUID();

export const askCharge = (world: World, user: User, amount: unknown, key: string | undefined = newKey()) =>
  world.send({ path: '/wallet/charges', token: user.token, key, json: { amount } });

export async function charge(world: World, user: User, amount: number) {
  return shapes.read(await askCharge(world, user, amount), 201, shapes.chargeShape);
}

export async function balance(world: World, user: User): Promise<number> {
  const answer = await world.send({ path: '/wallet', token: user.token });
  return shapes.read(answer, 200, shapes.walletShape).balance;
}

export const askPayment = (world: World, user: User, holdId: unknown, key: string | undefined = newKey()) =>
  world.send({ path: '/payments', token: user.token, key, json: { holdId } });

export const askCancellation = (
  world: World,
  user: User,
  reservationId: string,
  key: string | undefined = newKey(),
): Promise<Answer> =>
  world.send({ method: 'DELETE', path: `/reservations/${reservationId}`, token: user.token, key });

/** A new user, admitted, with money for everything, who has bought the seats. */
export async function buy(world: World, scene: Scene, seatIds: readonly string[], given?: User) {
  const user = given ?? (await world.newUser('buyer'));
  await admit(world, user, scene.performanceId);
  await charge(world, user, 1_000_000);
  const held = await hold(world, user, scene, seatIds);
  const payment = shapes.read(await askPayment(world, user, held.holdId), 201, shapes.paymentShape);
  return { user, held, payment };
}

/** All items of a list, by following the cursors. */
export async function readList<Item extends v.GenericSchema>(
  world: World,
  token: string | undefined,
  path: string,
  item: Item,
  limit = 50,
): Promise<v.InferOutput<Item>[]> {
  const items: v.InferOutput<Item>[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < 100; page += 1) {
    const query: string =
      cursor === null ? `limit=${limit}` : `limit=${limit}&cursor=${encodeURIComponent(cursor)}`;
    const read = shapes.read(await world.send({ path: `${path}?${query}`, token }), 200, shapes.listOf(item));
    items.push(...read.items);
    if (read.nextCursor === null) return items;
    cursor = read.nextCursor;
  }
  throw new Error(`${path} has more than 100 pages of ${limit}`);
}

/** Asserts nothing: the statuses of answers, counted, e.g. `{ 201: 1, 409: 19 }`. */
export function tally(lines: readonly (string | number)[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const line of lines) counts[line] = (counts[line] ?? 0) + 1;
  return counts;
}
