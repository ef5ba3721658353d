import { parseArgs } from 'node:util';

export type AuditOptions = {
  readonly json: boolean;
  /** How old what is on its way may be. */
  readonly graceSeconds: number;
  /** Empty for all. */
  readonly performanceIds: readonly string[];
};

/** A command line, or an environment, that cannot be understood; the message is one line. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const usage = `npm run audit -- [options]
  --grace SECONDS        how old an event may be and still be on its way to the topic, the map, its ticket (30)
  --performance ID       judge this performance alone; may be given again (all)
  --json                 one JSON object in place of the lines
  --help                 this text
It looks at the Redis, Postgres and Kafka that REDIS_URL, DATABASE_URL and KAFKA_BROKERS name (with REDIS_CLUSTER=true
a cluster; with REDIS_SECRET_ARN, DATABASE_SECRET_ARN and KAFKA_SECRET_ARN signed in at as the functions do), or at
those of "npm run dev" when none is set, changes nothing, and ends with 0 when nothing is violated, 1 when something is,
2 when it could not look.`;

const longestGraceSeconds = 86_400;

/**
 * Reads the command line.
 *
 * @throws UsageError for an unknown option or a value out of range.
 */
export function readOptions(argv: readonly string[]): AuditOptions | 'help' {
  const values = parse(argv);
  if (values.help === true) return 'help';
  const { grace = '30', performance: performanceIds = [], json = false } = values;
  const graceSeconds = /^\d{1,5}$/.test(grace) ? Number(grace) : Number.NaN;
  if (!(graceSeconds <= longestGraceSeconds))
    throw new UsageError(`--grace: ${grace} is not a whole number from 0 to ${longestGraceSeconds}`);
  return { json, graceSeconds, performanceIds };
}

function parse(argv: readonly string[]) {
  try {
    const options = {
      grace: { type: 'string' },
      performance: { type: 'string', multiple: true },
      json: { type: 'boolean' },
      help: { type: 'boolean' },
    } as const;
    return parseArgs({ args: [...argv], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new UsageError(message.split('\n')[0]);
  }
}
