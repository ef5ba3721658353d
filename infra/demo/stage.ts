/** Where a sale takes place: the app, the services behind it, and the right to issue tokens for it. */
export type Stage = {
  readonly http: string;
  readonly redisUrl: string;
  readonly databaseUrl: string;
  readonly kafkaBrokers: readonly string[];
  readonly topic: string;
  /** Bearer tokens in the order of the users, good for longer than a demo takes. */
  issueTokens(userIds: readonly string[], role: { admin: boolean }): Promise<string[]>;
  /** Stops the app, so that nothing changes any more; the services stay. */
  stopApp(): Promise<void>;
  /** Stops everything that was started, and deletes what was made on servers that were not. */
  close(): Promise<void>;
};
