/** What a command is given beside its options. */
export interface Surroundings {
  /** Progress and tables; the standard output, unless that carries JSON alone. */
  readonly out: NodeJS.WriteStream;
  readonly interrupted: AbortSignal;
}

/** One way of torture, e.g. `npm run torture -- soak`. */
export interface Command {
  /** One line for the list of commands. */
  readonly summary: string;
  readonly usage: string;
  /**
   * @param argv what follows the name of the command
   * @returns whether nothing was found
   * @throws UsageError for a command line that makes no sense
   */
  run(argv: readonly string[], surroundings: Surroundings): Promise<boolean>;
}
