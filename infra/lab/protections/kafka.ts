import type { Protection } from '../cell.ts';
import { partitions } from '../delivery-topic.ts';

export const kafka: Protection = {
  name: 'kafka',
  title: 'Kafka partition order, no lock',
  holdsBecause: 'One consumer, one record after the other, in the order in which they were sent.',
  explanation:
    'Each attempt is a record keyed by its resource; the consumer of a partition takes one after the other.',
  attempt: (lab, round, index) =>
    lab.deliveries.deliver(partitionOf(round.id), () =>
      lab.pool.onConnection((statements) => round.attempt(statements, index)),
    ),
};

const partitionOf = (id: string) => Number.parseInt(id.slice(0, 8), 16) % partitions;
