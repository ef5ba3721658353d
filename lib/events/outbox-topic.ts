/** What the outbox is published to, by the names the code knows; an environment may call its topics otherwise. */
export const outboxTopics = ['reservation-events', 'reservation-requests'] as const;

export type OutboxTopic = (typeof outboxTopics)[number];

/** The names that the topics have in this environment. */
export type TopicNames = Readonly<Record<OutboxTopic, string>>;
