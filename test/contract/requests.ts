import type * as v from 'valibot';
import { eventually } from './eventually.ts';
import type { Answer } from './http.ts';
import { newKey, type Scene } from './scene.ts';
import * as shapes from './shapes.ts';
import type { User, World } from './world.ts';

export type FollowedRequest = v.InferOutput<typeof shapes.requestShape>;

export const askRequest = (
  world: World,
  user: User,
  { performanceId }: Pick<Scene, 'performanceId'>,
  seatId: unknown,
  key: string | undefined = newKey(),
): Promise<Answer> =>
  world.send({
    path: `/performances/${performanceId}/reservation-requests`,
    token: user.token,
    key,
    json: { seatId },
  });

/** Requests a seat for an admitted user. */
export async function request(world: World, user: User, scene: Scene, seatId: string): Promise<string> {
  return shapes.read(await askRequest(world, user, scene, seatId), 202, shapes.acceptedShape).requestId;
}

export async function readRequest(world: World, user: User, requestId: string): Promise<FollowedRequest> {
  const answer = await world.send({ path: `/reservation-requests/${requestId}`, token: user.token });
  return shapes.read(answer, 200, shapes.requestShape);
}

/** Polls until the request is decided. */
export const decided = (world: World, user: User, requestId: string, withinMs = 10_000) =>
  eventually(`request ${requestId} is decided`, withinMs, async () => {
    const found = await readRequest(world, user, requestId);
    return found.status === 'pending' ? undefined : found;
  });
