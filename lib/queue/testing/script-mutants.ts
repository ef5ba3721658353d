import type { ReadFirst, ScriptEdit } from './edited-redis.ts';

/** A protection that is broken on purpose. */
export interface ScriptMutant {
  readonly name: string;
  readonly edit: ScriptEdit;
  /** What the script no longer reads itself. */
  readonly readFirst?: ReadFirst;
}

/** Replaces a text wherever it stands; when no script has it any more, nothing is broken and the test says so. */
const replacing =
  (from: string, to: string): ScriptEdit =>
  (source) =>
    source.split(from).join(to);

const expiry = /if nowMs >= dueAtMs then\n[\s\S]*?\nend\n/;

/** The removal of what is due comes after the admission instead of before it. */
const expireAfterAdmission: ScriptEdit = (source) => {
  const block = expiry.exec(source)?.[0];
  if (block === undefined) return source;
  return source
    .replace(expiry, '')
    .replace(/(math\.min\(dueAtMs, untilMs\), true\n {2}end\nend\n)/, `$1${block}`);
};

const mutant = (name: string, from: string, to: string): ScriptMutant => ({
  name,
  edit: replacing(from, to),
});

/** Commands of the room have seven keys: see `roomKeys`. */
const ofRoom =
  (read: ReadFirst): ReadFirst =>
  (redis, keys) =>
    keys.length === 7 ? read(redis, keys) : Promise.resolve(0);

const insideFirst = ofRoom((redis, [, , admitted = '']) => redis.zcard(admitted));
const lastTicketFirst = ofRoom(async (redis, [, , , , , room = '']) =>
  Number(await redis.hget(room, 'lastTicket')),
);

/** The count of before, and what this call itself has changed since it began. */
const countOutside: ScriptEdit = (source) =>
  source
    .replace('local batch =', "local insideAtStart = redis.call('ZCARD', admitted)\nlocal batch =")
    .replace(
      "local inside = redis.call('ZCARD', admitted)\nlocal filled",
      "local inside = ARGV[#ARGV] - insideAtStart + redis.call('ZCARD', admitted)\nlocal filled",
    );

const ticketOutside = replacing(
  "redis.call('HINCRBY', room, 'lastTicket', 1)",
  "(redis.call('HSET', room, 'lastTicket', ARGV[#ARGV] + 1) and ARGV[#ARGV] + 1)",
);

/** How `end-admission.lua` gives up on who was not inside. */
const unpaid = "if not finished then reply = struct.pack('<s', 'done')";

const sweepWithoutAdmission: ScriptEdit = (source) =>
  source.includes("'swept'") ? source.replace('if reply or', 'if true or') : source;

export const scriptMutants: readonly ScriptMutant[] = [
  mutant('a user enters twice', 'if score then\n  comesBack', 'if false then\n  comesBack'),
  mutant('a user who is inside enters again', 'tonumber(finished or 0) <= nowMs and 1 or 0', '1'),
  mutant('the line is ordered by time', "'ZADD', line, ticket, user", "'ZADD', line, nowMs, user"),
  mutant('the last is admitted first', "'ZPOPMIN', line", "'ZPOPMAX', line"),
  { name: 'what is due is removed after the admission', edit: expireAfterAdmission },
  mutant('no capacity', 'capacity - inside', 'capacity'),
  mutant('one over capacity', 'capacity - inside', 'capacity - inside + 1'),
  { name: 'the capacity is checked outside the script', edit: countOutside, readFirst: insideFirst },
  { name: 'the ticket is counted outside the script', edit: ticketOutside, readFirst: lastTicketFirst },
  mutant('no rate', 'math.floor(filled / 1000000)', 'batch'),
  mutant(
    'a bucket that overflows',
    'math.min(microTokens + elapsedUs * admitPerSecond, 1000000 * admitPerSecond)',
    'microTokens + elapsedUs * admitPerSecond',
  ),
  mutant(
    'parts of a token are lost',
    'filled - #present * 1000000,',
    'math.floor(filled / 1000000 - #present) * 1000000,',
  ),
  mutant('the bucket is not drained', 'filled - #present * 1000000,', 'filled,'),
  mutant('the bucket keeps its time', '#present * 1000000, nowUs', '#present * 1000000, filledAtUs'),
  mutant('a new rate counts for the time before', 'elapsedUs * oldPerSecond', 'elapsedUs * admitPerSecond'),
  mutant(
    'a change empties the bucket',
    'microTokens = math.min(microTokens + elapsedUs * oldPerSecond,',
    'microTokens = math.min(0,',
  ),
  mutant(
    'a change is paid for twice',
    'filledAtUs, changed, reply = nowUs,',
    'filledAtUs, changed, reply = filledAtUs,',
  ),
  mutant('a change resumes', 'tonumber(ARGV[2]), tonumber(ARGV[3])', 'tonumber(ARGV[2]), 0'),
  mutant('a new capacity is not taken', 'paused = tonumber(ARGV[1])', 'paused = capacity'),
  mutant('the silent are admitted', 'tonumber(deadlines[i]) > nowMs', 'true'),
  mutant('the silent take a token', 'filled - #present * 1000000,', 'filled - #users * 1000000,'),
  // A poll has two arguments, an entry has five.
  mutant(
    'a poll is no heartbeat',
    'if score then\n  local kept',
    'if score and #ARGV > 2 then\n  local kept',
  ),
  mutant(
    'entering again is no heartbeat',
    'if score then\n  local kept',
    'if score and (created == 1 or #ARGV == 2) then\n  local kept',
  ),
  mutant('the heartbeat counts before the opening', 'math.max(nowMs, opensAtMs) + keptMs', 'nowMs + keptMs'),
  mutant(
    'a place that is over is found',
    "tonumber(redis.call('ZSCORE', heartbeats, user)) <= nowMs",
    'false',
  ),
  mutant(
    'a pause that admits',
    'paused == 1 or nowMs < opensAtMs or nowMs < resumeAtMs',
    'nowMs < opensAtMs or nowMs < resumeAtMs',
  ),
  mutant(
    'admission before the opening',
    'paused == 1 or nowMs < opensAtMs or nowMs < resumeAtMs',
    'paused == 1 or nowMs < resumeAtMs',
  ),
  mutant(
    'no pause after a loss',
    'paused == 1 or nowMs < opensAtMs or nowMs < resumeAtMs',
    'paused == 1 or nowMs < opensAtMs',
  ),
  mutant(
    'silence counts while people may return',
    'if nowMs >= resumeAtMs then\n    lostWaiters',
    'if true then\n    lostWaiters',
  ),
  mutant('a place is over while people may return', 'and nowMs >= resumeAtMs and tonumber', 'and tonumber'),
  mutant('who may return is not counted', "nowMs < resumeAtMs and '-inf' or after", 'after'),
  mutant(
    'grace for those alone who are over',
    'nowMs + math.min(math.floor(heartbeatMs / 3), 3000)',
    'nowMs',
  ),
  mutant('grace is prolonged', 'nowMs < resumeAtMs or overdue == 0', 'overdue == 0'),
  mutant('grace for a line that nobody is silent in', 'overdue == 0 or ', ''),
  mutant('now serving falls', 'math.max(nowServing, ticket)', 'ticket'),
  mutant('receipts of the current line count', 'oldEpoch < epoch', 'true'),
  mutant('receipts count more than once', 'expireAtMs, user) == 1', 'expireAtMs, user) >= 0'),
  mutant('receipts count for nothing', 'oldEpoch < epoch', 'false'),
  mutant(
    'receipts outlive the admission',
    'if epoch > 1 then spendReceipts(returned, expireAtMs, unpack(present)) end',
    '',
  ),
  mutant(
    'receipts outlive the leaving',
    'user) end\nif epoch > 1 then spendReceipts(returned, expireAtMs, user) end',
    'user) end',
  ),
  mutant(
    'leaving keeps the admission',
    "local finished = redis.call('ZSCORE', admitted, user)\nif undrawn",
    'local finished = false\nif undrawn',
  ),
  mutant(
    'leaving keeps the place',
    "redis.call('ZREM', line, user)\nredis.call('ZREM', heartbeats, user)\n",
    '',
  ),
  mutant('leaving admits nobody', 'user)\nif undrawn', "user)\nreply = 'done\\0'\nif undrawn"),
  mutant('entering admits nobody', 'local ticket\n\n--', 'local ticket\nreply = true\n--'),
  mutant(
    'polling admits nobody',
    'local created, isLast = 0, false',
    "local created, isLast = 0, false\nif #ARGV == 2 then reply = 'absent\\0' end",
  ),
  mutant(
    'an admission lasts a ms longer',
    'return tonumber(untilMs) > nowMs and',
    'return tonumber(untilMs) >= nowMs and',
  ),
  mutant('a heartbeat lasts a ms longer', "heartbeats, '-inf', nowMs,", "heartbeats, '-inf', nowMs - 1,"),
  mutant('an admission is removed a ms late', "admitted, '-inf', nowMs,", "admitted, '-inf', nowMs - 1,"),
  mutant(
    'an old admission stays beside the new place',
    'finished = created == 1 and finished',
    'finished = false',
  ),
  mutant('a payment keeps the admission', `${unpaid} end\n`, `${unpaid} end\nfinished = false\n`),
  mutant('a payment admits nobody', unpaid, "reply = 'done\\0' if false then"),
  mutant(
    'a payment takes the new place too',
    unpaid,
    `redis.call('ZREM', line, user)\nredis.call('ZREM', heartbeats, user)\n${unpaid}`,
  ),
  mutant('a sweep tells nothing of the dropped', '#lostWaiters + #front / 2 - #present', '#lostWaiters'),
  { name: 'a sweep admits nobody', edit: sweepWithoutAdmission },
  mutant('those whose time is over are counted', "string.format('(%.0f', nowMs)", "'-inf'"),
  mutant('a receipt is worth a new ticket', 'if oldTicket == 0 then ticket', 'if true then ticket'),
  mutant('a waiter has nothing of a receipt', 'comesBack and tonumber(score) >= 1', 'false'),
  mutant('the drawn can be moved by a receipt', 'comesBack and tonumber(score) >= 1', 'comesBack'),
  mutant('a receipt counts before the draw', 'oldEpoch < epoch and not undrawn', 'oldEpoch < epoch'),
  mutant(
    'the draw is by arrival',
    "'ZADD', lots, lot, user",
    "'ZADD', lots, redis.call('ZCARD', lots) / 100, user",
  ),
  mutant('leaving keeps the lot', "if undrawn then redis.call('ZREM', lots, user) end", ''),
  mutant(
    'the drawn and those behind share tickets',
    "if draw == 1 then ticket = ticket + redis.call('ZCARD', lots) end",
    '',
  ),
  mutant(
    'late returns share tickets with the drawn',
    "'lastReturn', 1) + redis.call('ZCARD', lots)",
    "'lastReturn', 1)",
  ),
  mutant('the ticket is told before the draw', 'if not undrawn then\n    ticket', 'if true then\n    ticket'),
  mutant('there are lots after the opening', 'draw == 1 and nowMs < opensAtMs', 'draw == 1'),
  mutant(
    'who has gone since the draw leaves the ticket to the next',
    'drawn[user] = rank',
    'drawn[users[i]] = rank',
  ),
  mutant('who comes last does not count those who go in', 'waiting - #front / 2 - 1', 'waiting - 1'),
  mutant(
    'who returns is told a place behind all',
    'if comesBack and (score',
    'isLast = true\nif comesBack and (score',
  ),
  mutant('a deadline is not noted as the next', 'deadlineMs < dueAtMs', 'false'),
  mutant('the end of an admission is not noted as the next', 'math.min(dueAtMs, untilMs)', 'dueAtMs'),
  mutant('waiters alone are due', 'nextEnd or expireAtMs', 'expireAtMs'),
  mutant('admissions alone are due', 'nextLost or expireAtMs', 'expireAtMs'),
  ...['line', 'heartbeats', 'admitted', 'admittedTickets', 'returned', 'lots'].map((key) =>
    mutant(`${key} never expires`, `redis.call('PEXPIREAT', ${key}, expireAtMs)`, ''),
  ),
];
