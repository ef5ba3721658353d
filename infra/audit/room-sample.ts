import type { AnyRedis } from './servers.ts';

/** One waiting room at one instant of the Redis clock. */
export type RoomSample = {
  readonly performanceId: string;
  readonly capacity: number;
  readonly atMs: number;
  /** user → ticket of those who wait and whose heartbeat has not run out. */
  readonly waiting: ReadonlyMap<string, number>;
  /** user → ms at which the admission ends, of those whose admission has not run out. */
  readonly admitted: ReadonlyMap<string, number>;
  /** user → ticket of those in `admitted`. */
  readonly admittedTickets: ReadonlyMap<string, number>;
};

/**
 * Reads the room in one MULTI, so that all parts belong to one instant, with that instant's Redis TIME.
 * The names of the keys are written again here: an audit that asked the code for them would share its mistakes.
 *
 * @throws Error when Redis refuses one of the commands.
 */
export async function sampleRoom(
  redis: AnyRedis,
  performanceId: string,
  capacity: number,
): Promise<RoomSample> {
  const key = (part: string) => `{${performanceId}}:${part}`;
  const replies = await redis
    .multi()
    .time()
    .zrange(key('line'), '0', '-1', 'WITHSCORES')
    .zrange(key('heartbeats'), '0', '-1', 'WITHSCORES')
    .zrange(key('admitted'), '0', '-1', 'WITHSCORES')
    .hgetall(key('admitted-tickets'))
    .exec();
  const [time, line, heartbeats, admitted, tickets] = (replies ?? []).map(([error, reply]) => {
    if (error) throw error;
    return reply;
  });
  const [seconds, micros] = strings(time).map(Number);
  const atMs = (seconds ?? 0) * 1000 + Math.floor((micros ?? 0) / 1000);
  const heardUntil = scores(heartbeats);
  const ticketOf = new Map(Object.entries(tickets ?? {}).map(([user, ticket]) => [user, Number(ticket)]));
  const inside = new Map([...scores(admitted)].filter(([, untilMs]) => untilMs > atMs));
  return {
    performanceId,
    capacity,
    atMs,
    waiting: new Map([...scores(line)].filter(([user]) => (heardUntil.get(user) ?? Infinity) > atMs)),
    admitted: inside,
    admittedTickets: new Map([...ticketOf].filter(([user]) => inside.has(user))),
  };
}

/** A reply of strings; anything else would be a protocol error and reads as empty. */
function strings(reply: unknown): string[] {
  return Array.isArray(reply) ? reply.flat().map(String) : [];
}

/** `[member, score, member, score, …]` as a map. */
function scores(reply: unknown): Map<string, number> {
  const flat = strings(reply);
  const pairs = new Map<string, number>();
  for (let index = 0; index + 1 < flat.length; index += 2)
    pairs.set(flat[index] ?? '', Number(flat[index + 1]));
  return pairs;
}
