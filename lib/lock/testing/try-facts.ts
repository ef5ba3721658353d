import { within } from '../../deadline.ts';
import { factTrials, type Site } from './lock-facts.ts';
import { openLockScene } from './open-lock-scene.ts';

/**
 * A process of a test that tries one fact after the other, and prints a line for each: its title, and `holds` or
 * what went wrong.
 *
 * node try-facts.ts server|cluster <redis url> [<title of the only fact>]
 */
const [site = '', url = '', only] = process.argv.slice(2);
const endsWithinMs = 15_000;

// The test that starts it names a site.
for (const { title, kind, fact } of factTrials[site as Site]) {
  if (only !== undefined && title !== only) continue;
  const scene = openLockScene(url, kind, site === 'cluster');
  const outcome = await within(endsWithinMs, fact(scene)).then(
    () => 'holds',
    (error: unknown) => String(error).replaceAll(/\s+/g, ' '),
  );
  process.stdout.write(`${title} → ${outcome}\n`);
  await scene.close();
}
