import * as v from 'valibot';
import { readWorkerSettings, runWorker } from './worker-loop.ts';
import { openYardstick, yardstickNames } from './yardsticks.ts';

/** One process that takes and gives back a yardstick in a loop. `LOCK` names it. */
const name = v.parse(v.picklist(yardstickNames), process.env['LOCK']);
const settings = readWorkerSettings(process.env);
const yardstick = await openYardstick(name, settings);
await runWorker(settings, yardstick.take);
yardstick.close();
