/**
 * The keys beside a lock. A lock's resource name is its Redis key; what is named here shares its hash tag and
 * so its slot.
 */

/** The counter from which the fences of all locks with one hash tag are drawn. */
export const fenceKey = (resource: string) => `${hashTag(resource)}:fence`;

/** LIST of those who wait for the lock, the first in front. */
export const lineKey = (resource: string) => `${resource}:line`;

/** The channel on which one process hears of its turns at the locks of one hash tag; `pass-turn.lua` makes the same. */
export const turnChannel = (resource: string, listenerId: string) =>
  `${hashTag(resource)}:turn:${listenerId}`;

/**
 * Resource names in the one order in which everybody takes them, each once.
 *
 * @throws TypeError when there are none, or they do not share one hash tag
 */
export function orderResources(resources: readonly string[]): readonly [string, ...string[]] {
  const [only] = resources;
  if (only !== undefined && resources.length === 1) {
    hashTag(only);
    return [only];
  }
  const [first, ...others] = [...new Set(resources)].toSorted();
  if (first === undefined) throw new TypeError('a lock needs a resource');
  const tag = hashTag(first);
  const stray = others.find((resource) => hashTag(resource) !== tag);
  if (stray !== undefined) throw new TypeError(`${stray} does not share the hash tag ${tag}`);
  return [first, ...others];
}

/** The part of a key that decides its slot, as Redis Cluster finds it: the first braces, if not empty. */
function hashTag(resource: string): string {
  const opens = resource.indexOf('{');
  const closes = resource.indexOf('}', opens);
  if (opens < 0 || closes <= opens + 1) throw new TypeError(`${resource} has no hash tag`);
  return resource.slice(opens, closes + 1);
}
