/** Jest's globalTeardown: stops the services of the run, when there are any. */
export default async function globalTeardown(): Promise<void> {
  await globalThis.closeTestServices?.();
}
