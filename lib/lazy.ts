/**
 * A value made at the first call and kept: what a warm Lambda container shares between invocations.
 * A failure is forgotten, so that one failed look-up does not poison the container.
 */
export function lazy<T>(make: () => Promise<T>): () => Promise<T> {
  let kept: Promise<T> | undefined;
  return () => {
    if (kept) return kept;
    const made = make();
    kept = made;
    // Only the rejection is handled here, to forget it; the caller gets the same rejection from `made`.
    made.catch(() => {
      if (kept === made) kept = undefined;
    });
    return made;
  };
}
