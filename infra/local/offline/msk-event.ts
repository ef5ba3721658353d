import type { MSKEvent, MSKRecord } from 'aws-lambda';
import type { KafkaMessage } from 'kafkajs';

export interface EventSource {
  readonly topic: string;
  readonly partition: number;
  readonly arn: string;
  readonly bootstrapServers: string;
}

const bytesOf = (value: Buffer | string) => [...(typeof value === 'string' ? Buffer.from(value) : value)];

function headersOf(message: KafkaMessage): MSKRecord['headers'] {
  return Object.entries(message.headers ?? {}).flatMap(([name, value]) =>
    [value ?? []].flat().map((each) => ({ [name]: bytesOf(each) })),
  );
}

function recordOf({ topic, partition }: EventSource, message: KafkaMessage): MSKRecord {
  // The types say that key and value are always there; a keyless record and a tombstone come without, as on AWS.
  return {
    topic,
    partition,
    offset: Number(message.offset),
    timestamp: Number(message.timestamp),
    timestampType: 'CREATE_TIME',
    ...(message.key === null ? {} : { key: message.key.toString('base64') }),
    ...(message.value === null ? {} : { value: message.value.toString('base64') }),
    headers: headersOf(message),
  } as MSKRecord;
}

/** The event with which Lambda hands records of one partition to a function. */
export function mskEvent(source: EventSource, messages: readonly KafkaMessage[]): MSKEvent {
  return {
    eventSource: 'aws:kafka',
    eventSourceArn: source.arn,
    bootstrapServers: source.bootstrapServers,
    records: {
      [`${source.topic}-${source.partition}`]: messages.map((message) => recordOf(source, message)),
    },
  };
}
