/** Something the person at the keyboard can put right; its message is one line and is shown without a stack. */
export class LaunchError extends Error {
  override name = 'LaunchError';
}

/** The message of whatever was thrown, on one line. */
export function describeError(error: unknown): string {
  const message = typeof error === 'object' && error !== null && 'message' in error ? error.message : '';
  return String(message === '' ? error : message).replaceAll('\n', ' ');
}
