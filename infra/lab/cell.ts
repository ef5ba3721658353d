import type { Lab } from './laboratory.ts';

/**
 * What an attempt was told: it took effect; it was found done already; it was turned away; it had no effect
 * because a service was away or its time was over.
 */
export interface Reply {
  readonly outcome: 'done' | 'repeated' | 'refused' | 'failed';
  /** The ticket, where the attempt asks for one. */
  readonly ticket?: number;
  /** What brings the ticket back when the line was lost, where there is such a thing. */
  readonly receipt?: string;
}

/** An attempt that was made, with the time it took by a clock that all processes share. */
export interface Attempted extends Reply {
  readonly startedMs: number;
  readonly endedMs: number;
}

/** One race: attempts that are made at once, and the look at what they left behind. */
export interface Trial {
  readonly attempts: readonly (() => Promise<Reply>)[];
  /** @returns what is wrong, in a few words, or nothing when all is well */
  audit(replies: readonly Attempted[]): Promise<string | undefined>;
}

/** The two halves of staging a race; the second can be done in several processes. */
export interface Staging<State> {
  /** Prepares a race. What comes back survives the way through JSON, unless no process but this one takes part. */
  prepare(lab: Lab): Promise<State>;
  trial(lab: Lab, state: State): Trial;
}

/** The rows of one connection, inside a transaction or not. */
export interface Statements {
  query<Row extends object>(sql: string, parameters?: readonly unknown[]): Promise<Row[]>;
}

/** A race on tables that protect nothing by themselves; what protects it is put around it. */
export interface Round {
  /** What a lock is taken on; the id of the round's row in `lab.rounds` too. */
  readonly id: string;
  /** Read–modify–write, right only when alone. */
  attempt(statements: Statements, index: number): Promise<Reply>;
  /** The same in one statement whose condition, or unique key, decides. */
  conditional(statements: Statements, index: number): Promise<Reply>;
  audit(replies: readonly Attempted[]): Promise<string | undefined>;
}

/** How a round's attempts are protected. */
export interface Protection {
  readonly name: string;
  readonly title: string;
  /** In a sentence, for the report. */
  readonly explanation: string;
  /** Why it holds where it does. */
  readonly holdsBecause: string;
  attempt(lab: Lab, round: Round, index: number): Promise<Reply>;
}

/** `possible`: they may come or not, and the report says what was seen. */
export type Expectation = 'anomalies' | 'none' | 'possible';

/** A hazard under a protection: raced many times. */
export interface Cell extends Staging<unknown> {
  readonly hazard: string;
  readonly protection: string;
  readonly expects: Expectation;
  /** Why that is to be expected; a sentence. */
  readonly because: string;
  /** Rounds under way at once: more than one only where a round is mostly waiting. */
  readonly roundsAtOnce: number;
  /** How the attempts of a race come: when they like; as records of a topic; so, and in the order they have. */
  readonly arrival: 'free' | 'delivered' | 'ordered';
}

export interface Hazard {
  readonly name: string;
  readonly title: string;
  /** What goes wrong, in a sentence. */
  readonly explanation: string;
  readonly cells: readonly Cell[];
}
