import { sql } from 'kysely';
import { within } from '../deadline.ts';
import type { Runtime } from '../runtime.ts';

type State = 'up' | 'down';

export interface Health {
  readonly status: State;
  readonly redis: State;
  readonly postgres: State;
  readonly kafka: State;
}

/** All three are asked at once; the contract gives the whole answer 2 s. */
const answerWithinMs = 1_500;

/** Whether each service answers a request now: PING, SELECT 1, the metadata of the cluster. */
export async function checkHealth({ db, cache, kafka }: Runtime): Promise<Health> {
  const [redisState, postgresState, kafkaState] = await Promise.all([
    stateOf(cache().then(({ redis }) => redis.ping())),
    stateOf(sql`SELECT 1`.execute(db)),
    stateOf(describeKafka(kafka)),
  ]);
  const up = redisState === 'up' && postgresState === 'up' && kafkaState === 'up';
  return { status: up ? 'up' : 'down', redis: redisState, postgres: postgresState, kafka: kafkaState };
}

async function describeKafka(settings: Runtime['kafka']): Promise<void> {
  const { describeCluster } = await import('../events/kafka.ts');
  await describeCluster(settings, answerWithinMs);
}

async function stateOf(question: Promise<unknown>): Promise<State> {
  try {
    await within(answerWithinMs, question);
    return 'up';
  } catch {
    // Why it is down is in the logs of those who need it; here it only is.
    return 'down';
  }
}
