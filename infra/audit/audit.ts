import { describeError } from '../local/launch-error.ts';
import { stackFile } from '../local/paths.ts';
import { auditEnvironment } from './audit-environment.ts';
import { findEnvironment } from './environment.ts';
import { readOptions, usage } from './options.ts';
import { auditLines, auditVerdict } from './report.ts';
import { isSound } from './run-audit.ts';

/** 0: nothing is violated. 1: something is. 2: it could not look, or was asked in a way that makes no sense. */
async function main(argv: readonly string[]): Promise<number> {
  const options = readOptions(argv);
  if (options === 'help') {
    console.log(usage);
    return 0;
  }
  const startedAt = new Date().toISOString();
  const environment = await findEnvironment(process.env, stackFile);
  const findings = await auditEnvironment(environment, options);
  const sound = isSound(findings);
  if (options.json) {
    const { graceSeconds } = options;
    console.log(JSON.stringify({ sound, startedAt, graceSeconds, findings }, null, 2));
  } else console.log([...auditLines(findings), '', auditVerdict(findings)].join('\n'));
  return sound ? 0 : 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(`audit: ${describeError(error)}`);
  process.exitCode = 2;
}
