import type { ScriptEdit } from './edited-redis.ts';

/** A protection that is broken on purpose. */
export interface ScriptMutant {
  readonly name: string;
  readonly edit: ScriptEdit;
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

export const scriptMutants: readonly ScriptMutant[] = [
  mutant('a user enters twice', 'if isWaiting(user) then\n  hear', 'if false then\n  hear'),
  mutant('a user who is inside enters again', 'elseif (untilMs or 0) <= nowMs then', 'else'),
  mutant('the line is ordered by time', "'ZADD', line, ticket, user", "'ZADD', line, nowMs, user"),
  mutant('the last is admitted first', "'ZPOPMIN', line", "'ZPOPMAX', line"),
  { name: 'what is due is removed after the admission', edit: expireAfterAdmission },
  mutant('no capacity', 'capacity - inside', 'capacity'),
  mutant('one over capacity', 'capacity - inside', 'capacity - inside + 1'),
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
];
