import type { ScriptEdit } from '../../queue/testing/edited-redis.ts';
import type { LockPromiseName, Trial } from './lock-promises.ts';

/** A protection in the locks' scripts that is broken on purpose, and the promise that is not kept then. */
export interface LockMutant {
  readonly name: string;
  readonly kind: Trial['kind'];
  readonly edit: ScriptEdit;
  readonly breaks: LockPromiseName;
}

/** Replaces a text wherever it stands; when no script has it any more, nothing is broken and the test says so. */
const mutant = (
  kind: LockMutant['kind'],
  [name, breaks]: readonly [string, LockPromiseName],
  [from, to]: readonly [string, string],
): LockMutant => ({ name, kind, breaks, edit: (source) => source.split(from).join(to) });

const simple = (...[breaks, name, from, to]: readonly [LockPromiseName, string, string, string]) =>
  mutant('simple', [name, breaks], [from, to]);
const pubsub = (...[breaks, name, from, to]: readonly [LockPromiseName, string, string, string]) =>
  mutant('pubsub', [name, breaks], [from, to]);

const isBehind = 'if previous >= drawn then';
const takeFree = "for i = 2, #KEYS do redis.call('SET', KEYS[i], token, 'NX', 'PX', leaseMs) end";
const hasLost = 'if #lost == 0 then';
const prolongs = "redis.call('PEXPIRE', lock, leaseMs)";

/** Of the scripts that all kinds of fence and extension share. */
const shared = (of: typeof simple): readonly LockMutant[] => [
  of('fences grow when the counter is lost', 'a fence that only counts', isBehind, 'if true then'),
  of('fences grow when the clock is set back', 'a fence that is the clock alone', isBehind, 'if false then'),
  of('extended all or none', 'those that are held are extended, and others too', hasLost, 'if true then'),
  of('extended by its token', 'an extension that extends nothing', prolongs, ''),
];

export const lockMutants: readonly LockMutant[] = [
  ...shared(simple),
  ...shared(pubsub),

  // take-locks.lua, fence.lua
  simple('one holder at a time', 'everybody is let in', 'holder ~= token then return {0, 1}', 'false then'),
  simple(
    'the same token takes it again, for the new time',
    'a lost reply is a lock of somebody else',
    'holder and holder ~= token then return',
    'holder then return',
  ),
  simple(
    'the same token takes it again, for the new time',
    'who takes it again keeps the old time',
    "redis.call('PEXPIRE', KEYS[2], leaseMs)",
    '',
  ),
  simple(
    'all of them, also when one is held already',
    'a lost reply is a lock of somebody else, among several',
    'holder and holder ~= token then taken',
    'holder then taken',
  ),
  simple(
    'all or none',
    'what is free is taken',
    'then return taken end',
    `then ${takeFree} return taken end`,
  ),
  simple('a lease ends by itself', 'a lease without end', "'GET', 'PX', leaseMs", "'GET'"),
  simple('several leases end by themselves', 'leases without end', "token, 'PX', leaseMs", 'token'),
  simple(
    'the counter of the fences outlives every lease, and ends',
    'a fence is kept for ever',
    "drawn, 'PX', keepMs, 'GET'",
    "drawn, 'GET'",
  ),
  simple(
    'the counter of the fences outlives every lease, and ends',
    'a fence is kept as long as a lease',
    "drawn, 'PX', keepMs",
    "drawn, 'PX', 5000",
  ),

  // give-back-locks.lua, extend-locks.lua
  simple('given back by no other token', 'anybody gives back', "redis.call('GET', lock) == token", 'true'),
  simple('given back by its token', 'nobody gives back', "redis.call('DEL', lock)", '1'),
  simple('extended by no other token', 'anybody extends', "redis.call('GET', lock) ~= token", 'false'),

  // take-turn.lua
  pubsub('one holder at a time', 'everybody is let in', 'else taken[#taken + 1] = position end', 'end'),
  pubsub(
    'the same token takes it again, for the new time',
    'a lost reply is a lock of somebody else',
    'if (holder or value) == token then ownFence',
    'if false then ownFence',
  ),
  pubsub(
    'the same token takes it again, for the new time',
    'a claim that does not lengthen the grant',
    "redis.call('PEXPIRE', KEYS[2], leaseMs)",
    '',
  ),
  pubsub(
    'all of them, also when one is held already',
    'one that is held stands for all',
    'ownFence and #KEYS == 3',
    'ownFence',
  ),
  pubsub('a lease ends by itself', 'a lease without end', "token), 'PX', leaseMs", 'token)'),
  pubsub('several leases end by themselves', 'leases without end', "token), 'PX', leaseMs", 'token)'),
  pubsub(
    'no newcomer passes those who wait',
    'a free lock is for whoever comes',
    "first and first ~= (former or '') .. ' ' .. token",
    'false',
  ),
  pubsub(
    'a lock that nobody holds comes to those who wait',
    'nobody sees that it is free',
    'vacant = true',
    '',
  ),
  pubsub(
    'who is served leaves the line',
    'who is served stays in line',
    "if former then redis.call('LREM', KEYS[3]",
    "if false then redis.call('LREM', KEYS[3]",
  ),
  pubsub('granted in the order of coming', 'last come, first served', "'RPUSH', line", "'LPUSH', line"),
  pubsub(
    'who has lost its place stands in front',
    'who has lost its place stands at the end',
    "'LPUSH', line",
    "'RPUSH', line",
  ),
  pubsub(
    'who does not hear for a while keeps one place',
    'who does not hear is listed as hearing',
    "redis.call('LSET', line, place, listener .. ' ' .. token)",
    '',
  ),
  pubsub(
    'a line ends that everybody has left by dying',
    'a line without end',
    "'PEXPIRE', line, keepMs",
    "'TYPE', line",
  ),

  // pass-turn.lua, extend-turn.lua
  pubsub(
    'given back by no other token',
    'anybody gives back',
    'local isOwn = holder == token',
    'local isOwn = holder',
  ),
  pubsub('given back by its token', 'nobody gives back', "redis.call('DEL', lock)", ''),
  pubsub(
    'extended by no other token',
    'anybody extends',
    'if holder ~= token then lost',
    'if false then lost',
  ),
  pubsub(
    'granted to the first in line at the release',
    'a release that tells nobody',
    "(isOwn or not value) and redis.call('LPOP', line)",
    "not isOwn and not value and redis.call('LPOP', line)",
  ),
  pubsub('the dead are passed over', 'a grant to the dead', 'turn) > 0', 'turn) >= 0'),
  pubsub(
    'those who do not listen have their turn, for a time',
    'those who do not listen are passed over',
    "process == '-' or",
    '',
  ),
  pubsub(
    'those who do not listen have their turn, for a time',
    'a grant without end',
    "waiter), 'PX', grantMs",
    'waiter)',
  ),
  pubsub('fences grow in the line', 'fences that fall', 'tonumber(fence) + 1', 'tonumber(fence) - 1'),
  pubsub(
    'fences grow in the line',
    'fences beyond those that were drawn',
    'granted % apart == 0',
    'granted == 0',
  ),
  pubsub(
    'who gives up leaves the line',
    'who gives up stays in line',
    "redis.call('LREM', line, 0, leaving .. ' ' .. token)",
    '',
  ),
  pubsub(
    'who gives up leaves the line, also when it did not listen',
    'who gives up without listening stays in line',
    "redis.call('LREM', line, 0, '- ' .. token)",
    '',
  ),
  pubsub(
    'a lock that nobody holds comes to those who wait',
    'a free lock is granted to nobody',
    '(isOwn or not value) and',
    'isOwn and',
  ),
];
