import type { Admin, IHeaders, Kafka, KafkaMessage, Producer } from 'kafkajs';
import { createProducer } from '../../lib/events/kafka.ts';
import { deadLetterTopicOf } from '../topics.ts';
import { askAdmin } from './ask-admin.ts';
import { type OffsetRange, readRange } from './read-range.ts';

/** What stands in the offsets of this group was replayed, or could not be. */
export const replayGroup = 'replay-dlq';

export interface ReplayOptions {
  /** The topic whose dead letters are replayed. */
  readonly topic: string;
  /** No more than so many letters. */
  readonly limit: number;
  readonly dryRun: boolean;
  /** Hears of every letter. */
  readonly listener: (letter: DeadLetter) => void;
}

/** A record that was set aside, with where it stood and why, as infra/local/offline/dead-letters.ts writes it. */
export interface DeadLetter {
  /** Its offset among the dead letters. */
  readonly offset: string;
  readonly key: string;
  /** Undefined when the letter does not say that it is of this topic: it is never published anywhere. */
  readonly origin:
    | { readonly partition: string; readonly offset: string; readonly reason: string }
    | undefined;
  /** How often it was replayed before, in vain. */
  readonly replays: number;
}

export interface ReplayReport {
  readonly replayed: number;
  /** Letters without their origin, which stay where they are. */
  readonly unreadable: number;
  /** Letters behind the limit. */
  readonly left: number;
}

/**
 * Publishes each dead letter of a topic once more to that topic, with its key and in the order in which they were
 * set aside, so that those of a seat keep theirs. After every hundred it commits how far it has come: what was
 * replayed is not replayed by the next run, except for a last hundred when it dies between the two, which the
 * consumers know by their versions. Letters that come in while it runs are left to the next run.
 *
 * @throws RangeReadingError while another replay of the topic runs
 */
export async function replayDeadLetters(kafka: Kafka, options: ReplayOptions): Promise<ReplayReport> {
  const topic = deadLetterTopicOf(options.topic);
  const { ranges, left } = limitRanges(await pendingRanges(kafka, topic), options.limit);
  const producer = createProducer(kafka);
  let unreadable = 0;
  const handle = async (_partition: number, messages: readonly KafkaMessage[]) => {
    const letters = messages.map((message) => ({ message, letter: readLetter(options.topic, message) }));
    for (const { letter } of letters) options.listener(letter);
    const whole = letters.filter(({ letter }) => letter.origin !== undefined);
    unreadable += letters.length - whole.length;
    if (!options.dryRun && whole.length > 0) await publish(producer, options.topic, whole);
  };
  try {
    if (!options.dryRun && ranges.length > 0) await producer.connect();
    const reading = { groupId: replayGroup, topic, ranges, handle, commits: !options.dryRun };
    const read = await readRange(kafka, reading);
    return { replayed: read - unreadable, unreadable, left };
  } finally {
    await producer.disconnect();
  }
}

async function publish(
  producer: Producer,
  topic: string,
  letters: readonly { readonly message: KafkaMessage; readonly letter: DeadLetter }[],
): Promise<void> {
  const messages = letters.map(({ message: { key, value, headers }, letter }) => {
    const { topic: _topic, partition: _partition, offset: _offset, reason: _reason, ...own } = headers ?? {};
    return { key, value, headers: { ...own, replays: String(letter.replays + 1) } };
  });
  await producer.send({ topic, acks: -1, messages });
}

function readLetter(topic: string, { key, offset, headers = {} }: KafkaMessage): DeadLetter {
  const [partition, originOffset] = [textOf(headers, 'partition'), textOf(headers, 'offset')];
  const isOfTopic = textOf(headers, 'topic') === topic && partition !== '' && originOffset !== '';
  const origin = { partition, offset: originOffset, reason: textOf(headers, 'reason') };
  return {
    offset,
    key: key?.toString('utf8') ?? '',
    origin: isOfTopic ? origin : undefined,
    replays: Number(textOf(headers, 'replays')) || 0,
  };
}

const textOf = (headers: IHeaders, name: string): string => String([headers[name]].flat()[0] ?? '');

/** What nobody has replayed yet, up to the end that the topic has now. */
function pendingRanges(kafka: Kafka, topic: string): Promise<OffsetRange[]> {
  return askAdmin(kafka, async (admin) => {
    const committed = await committedOffsets(admin, topic);
    const ends = await admin.fetchTopicOffsets(topic);
    return ends.map(({ partition, low, high }) => {
      const next = committed.get(partition) ?? 0n;
      return { partition, from: next > BigInt(low) ? next : BigInt(low), end: BigInt(high) };
    });
  });
}

async function committedOffsets(admin: Admin, topic: string): Promise<Map<number, bigint>> {
  const [found] = await admin.fetchOffsets({ groupId: replayGroup, topics: [topic] });
  return new Map((found?.partitions ?? []).map(({ partition, offset }) => [partition, BigInt(offset)]));
}

function limitRanges(pending: readonly OffsetRange[], limit: number) {
  let room = BigInt(limit);
  let left = 0n;
  const ranges = pending.flatMap((range) => {
    const count = range.end > range.from ? range.end - range.from : 0n;
    const taken = count < room ? count : room;
    room -= taken;
    left += count - taken;
    return taken > 0n ? [{ ...range, end: range.from + taken }] : [];
  });
  return { ranges, left: Number(left) };
}
