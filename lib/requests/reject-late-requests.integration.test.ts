import { expect, test } from '@jest/globals';
import { sql } from 'kysely';
import type { Hall } from '../performances/hall.ts';
import { sweep } from '../sweep.ts';
import { admitUsers, openHall, seatId } from '../testing/people.ts';
import { askInTurn, decisionsOf } from '../testing/requests.ts';
import { useScene } from '../testing/scene.ts';
import { decideRequest } from './decide-request.ts';
import { rejectLateRequests } from './reject-late-requests.ts';

const scene = useScene();

const begin = ({ performanceId }: Hall) =>
  sql`UPDATE performances SET starts_at = clock_timestamp() WHERE performance_id = ${performanceId}`.execute(
    scene.db,
  );

test('requests that nobody decided before the performance began are rejected; no other is touched', async () => {
  const [late, early] = [await openHall(scene), await openHall(scene)];
  const users = await admitUsers(scene, late, 3);
  const [decided, ...pending] = await askInTurn(scene, late, users, 'A-1');
  const others = await askInTurn(scene, early, await admitUsers(scene, early, 1), 'A-1');
  if (decided === undefined) throw new Error('three were made');
  await decideRequest(scene.db, { requestId: decided, seatId: seatId(`${late.performanceId}:A-1`) });
  expect(await rejectLateRequests(scene.db)).toBe(0);
  await begin(late);
  await scene.db.transaction().execute(async (tx) => {
    // One that is being decided just now is left to that.
    await tx
      .selectFrom('reservation_requests')
      .select('request_id')
      .where('request_id', 'in', pending.slice(0, 1))
      .forUpdate()
      .execute();
    expect(await rejectLateRequests(scene.db)).toBe(1);
  });
  expect(await decisionsOf(scene, [decided, ...pending])).toEqual(['held', 'pending', 'performance-started']);
  await sweep(scene, performance.now() + 5_000);
  expect(await decisionsOf(scene, pending)).toEqual(['performance-started', 'performance-started']);
  expect(await decisionsOf(scene, [decided, ...others])).toEqual(['held', 'pending']);
});
