import { setTimeout as sleep } from 'node:timers/promises';
import { DependencyError } from '../../errors.ts';
import { enterQueue } from '../enter-queue.ts';

const maxTries = 50;
const pauseMs = 200;

/**
 * Enters as a person does who was told that the answer is not known: asks again.
 *
 * @returns with how often it had to; then `created` may be false though this was who came in
 */
export async function enterAgain(
  ...entry: Parameters<typeof enterQueue>
): Promise<Awaited<ReturnType<typeof enterQueue>> & { readonly retries: number }> {
  for (let retries = 0; ; retries += 1) {
    try {
      return { ...(await enterQueue(...entry)), retries };
    } catch (error) {
      if (!(error instanceof DependencyError) || retries + 1 === maxTries) throw error;
      await sleep(pauseMs);
    }
  }
}
