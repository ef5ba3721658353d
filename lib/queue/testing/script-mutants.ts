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

const expiry = /local lostWaiters = [\s\S]*?(?=-- Ends the user)/;

/** The removal of what is due comes after the admission instead of before it. */
const expireAfterAdmission: ScriptEdit = (source) => {
  const block = expiry.exec(source)?.[0];
  if (block === undefined) return source;
  const late = `local function admitWaiters()\nlocal count, dropped = admitFirst()\n${block}\nreturn count, dropped\nend\n`;
  return source
    .replace(expiry, 'local lostWaiters, endedAdmissions = {}, {}\n')
    .replace('local function admitWaiters()', 'local function admitFirst()')
    .replace(/(return #present, #users - #present\nend\n)/, `$1${late}`);
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
      "local inside = redis.call('ZCARD', admitted)\n  local elapsedUs",
      "local inside = ARGV[#ARGV] - insideAtStart + redis.call('ZCARD', admitted)\n  local elapsedUs",
    );

const ticketOutside = replacing(
  "redis.call('HINCRBY', room, 'lastTicket', 1)",
  "(redis.call('HSET', room, 'lastTicket', ARGV[#ARGV] + 1) and ARGV[#ARGV] + 1)",
);

export const scriptMutants: readonly ScriptMutant[] = [
  mutant('a user enters twice', 'if isWaiting(user) then\n  hear', 'if false then\n  hear'),
  mutant('a user who is inside enters again', 'elseif (untilMs or 0) <= nowMs then', 'else'),
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
  mutant('the bucket keeps its time', 'nowUs\n  redis', 'filledAtUs\n  redis'),
  mutant('a new rate counts for the time before', 'elapsedUs * oldPerSecond', 'elapsedUs * admitPerSecond'),
  mutant(
    'a change empties the bucket',
    "'microTokens', filled, 'filledAtUs'",
    "'microTokens', 0, 'filledAtUs'",
  ),
  mutant('a change is paid for twice', "filled, 'filledAtUs', nowUs)", "filled, 'filledAtUs', filledAtUs)"),
  mutant('a change resumes', "'paused', paused,", "'paused', 0,"),
  mutant('a new capacity is not taken', "'capacity', capacity, 'admit", "'admit"),
  mutant('the silent are admitted', 'tonumber(deadlines[i]) > nowMs', 'true'),
  mutant('the silent take a token', 'filled - #present * 1000000,', 'filled - #users * 1000000,'),
  mutant('a poll is no heartbeat', 'if waiting then hear(user, tonumber(ARGV[2])) end', ''),
  mutant(
    'entering again is no heartbeat',
    'if isWaiting(user) then\n  hear(user, pollsPerSecond)',
    'if isWaiting(user) then',
  ),
  mutant('the heartbeat counts before the opening', 'math.max(nowMs, opensAtMs) + keptMs', 'nowMs + keptMs'),
  mutant('a place that is over is found', 'tonumber(deadlineMs) > nowMs', 'true'),
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
  mutant('now serving falls', 'math.max(nowServing, ticket)', 'ticket'),
  mutant('receipts of the current line count', 'oldEpoch < epoch', 'true'),
  mutant('receipts count more than once', 'spendReceipts(user) == 1', 'spendReceipts(user) >= 0'),
  mutant('receipts count for nothing', 'oldEpoch < epoch', 'false'),
  mutant('receipts outlive the admission', 'spendReceipts(unpack(present))', ''),
  mutant('receipts outlive the leaving', 'user) end\nspendReceipts(user)', 'user) end'),
  mutant('leaving keeps the admission', 'endAdmission(user)\nif undrawn', 'if undrawn'),
  mutant(
    'leaving keeps the place',
    "redis.call('ZREM', line, user)\nredis.call('ZREM', heartbeats, user)\n",
    '',
  ),
  mutant('leaving admits nobody', "admitWaiters()\nreturn {'left'}", "return {'left'}"),
  mutant('entering admits nobody', 'admitWaiters()\nreturn answer', 'return answer'),
  mutant('polling admits nobody', 'admitWaiters()\nif waiting', 'if waiting'),
  mutant(
    'an admission lasts a ms longer',
    'return tonumber(untilMs) > nowMs and',
    'return tonumber(untilMs) >= nowMs and',
  ),
  mutant('a heartbeat lasts a ms longer', "heartbeats, '-inf', nowMs,", "heartbeats, '-inf', nowMs - 1,"),
  mutant('an admission is removed a ms late', "admitted, '-inf', nowMs,", "admitted, '-inf', nowMs - 1,"),
  mutant('an old admission stays beside the new place', 'endAdmission(user)\n  local ticket', 'local ticket'),
  mutant('a payment keeps the admission', 'if endAdmission(user) then\n', 'if admitted then\n'),
  mutant('a payment admits nobody', 'spendReceipts(user)\n  admitWaiters()', 'spendReceipts(user)'),
  mutant(
    'a payment takes the new place too',
    'if endAdmission(user) then\n',
    "redis.call('ZREM', line, user)\nredis.call('ZREM', heartbeats, user)\nif endAdmission(user) then\n",
  ),
  mutant('a sweep tells nothing of the dropped', '#lostWaiters + dropped', '#lostWaiters'),
  mutant(
    'a sweep admits nobody',
    'local admissions, dropped = admitWaiters()',
    'local admissions, dropped = 0, 0',
  ),
  mutant('those whose time is over are counted', "string.format('(%.0f', nowMs)", "'-inf'"),
  mutant('a receipt is worth a new ticket', 'if oldTicket > 0 then return oldTicket end', ''),
  mutant('a waiter has nothing of a receipt', 'if comesBack and not drawn', 'if false'),
  mutant('the drawn can be moved by a receipt', 'comesBack and not drawn', 'comesBack'),
  mutant('a receipt counts before the draw', 'oldEpoch < epoch and not undrawn', 'oldEpoch < epoch'),
  mutant(
    'the draw is by arrival',
    "'ZADD', lots, lot, user",
    "'ZADD', lots, redis.call('ZCARD', lots) / 100, user",
  ),
  mutant('leaving keeps the lot', "if undrawn then redis.call('ZREM', lots, user) end", ''),
  mutant(
    'the drawn and those behind share tickets',
    "'lastTicket', 1) + redis.call('ZCARD', lots)",
    "'lastTicket', 1)",
  ),
  mutant(
    'late returns share tickets with the drawn',
    "'lastReturn', 1) + redis.call('ZCARD', lots)",
    "'lastReturn', 1)",
  ),
  mutant(
    'the ticket is told before the draw',
    'if not undrawn then\n      ticket',
    'if true then\n      ticket',
  ),
  mutant('there are lots after the opening', 'draw == 1 and nowMs < opensAtMs', 'draw == 1'),
  ...['line', 'heartbeats', 'admitted', 'admittedTickets', 'returned', 'lots'].map((key) =>
    mutant(`${key} never expires`, `redis.call('PEXPIREAT', ${key}, expireAtMs)`, ''),
  ),
];
