/**
 * Whether an error came from the system with this code, e.g. `ENOENT`. Looks at the code alone: within Jest the
 * system's errors are instances of another Error.
 */
export function isSystemError(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}
