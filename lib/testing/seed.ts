/** The seed of a test that involves chance: printed, and taken from TEST_SEED to see the same again. */
export function testSeed(what: string): number {
  const seed = Number(process.env['TEST_SEED'] ?? Date.now() % 2 ** 31);
  console.info(`${what}: TEST_SEED=${seed}`);
  return seed;
}
