import { readFileSync } from 'node:fs';
import { choosePollSeconds, defaultPollsPerSecond } from './poll-interval.ts';
import type { SignReceipt } from './receipt.ts';
import { expectNumbers } from './room-command.ts';
import { estimateWaitSeconds, type WaitFactors } from './wait.ts';

/** The parts of the script that the commands about one place share, in their order. */
export const findWaiter = readFileSync(new URL('./find-waiter.lua', import.meta.url), 'utf8');
export const hearWaiter = readFileSync(new URL('./hear-waiter.lua', import.meta.url), 'utf8');
export const answerPlace = readFileSync(new URL('./answer-place.lua', import.meta.url), 'utf8');

export type PlaceStatus = 'scheduled' | 'waiting' | 'admitted';

/** Where a user stands. */
export interface Place {
  readonly status: PlaceStatus;
  /** Null until the draw, as are the next two. */
  readonly ticket: number | null;
  /** Those still waiting in front. */
  readonly ahead: number | null;
  readonly estimatedWaitSeconds: number | null;
  readonly pollAfterSeconds: number;
  /** RFC 3339 UTC with milliseconds; present when admitted. */
  readonly admittedUntil?: string;
  readonly receipt: string;
}

/** The script's answer about one place. */
export interface PlaceReply extends WaitFactors {
  readonly status: PlaceStatus;
  /** 0 until the draw. */
  readonly ticket: number;
  readonly admittedUntilMs: number;
  readonly epoch: number;
  readonly heartbeatMs: number;
  /** In the whole line. */
  readonly waiting: number;
  /** By this call. */
  readonly created: boolean;
}

const placeNumbers = 12;

/** Decodes what `answer-place.lua` answers. */
export function decodePlace(word: string, numbers: readonly number[]): PlaceReply {
  if (!isPlaceStatus(word)) throw new TypeError(`no status of a place: ${word}`);
  const [ticket = 0, ahead = 0, admittedUntilMs = 0, epoch = 0, beginsInMs = 0, inside = 0, ...settings] =
    expectNumbers(numbers, placeNumbers);
  const [capacity = 0, admitPerSecond = 0, stayMs = 0, heartbeatMs = 0, waiting = 0, created = 0] = settings;
  return {
    status: word,
    ticket,
    ahead,
    admittedUntilMs,
    epoch,
    beginsInMs,
    inside,
    capacity,
    admitPerSecond,
    stayMs,
    heartbeatMs,
    waiting,
    created: created === 1,
  };
}

function isPlaceStatus(word: string): word is PlaceStatus {
  return word === 'scheduled' || word === 'waiting' || word === 'admitted';
}

/** What the commands about one place need beside the line. */
export interface PlaceSettings {
  readonly receiptKey: string;
  /** For all who wait together; see `choosePollSeconds`. */
  readonly pollsPerSecond?: number;
}

/** The place as its owner is told of it. */
export function presentPlace(
  { pollsPerSecond = defaultPollsPerSecond }: PlaceSettings,
  reply: PlaceReply,
  sign: SignReceipt,
): Place {
  const { status, ticket, ahead, epoch, heartbeatMs, admittedUntilMs, waiting, inside } = reply;
  const receipt = sign({ ticket, epoch });
  const poll = { heartbeatMs, pollsPerSecond };
  if (status === 'admitted') {
    // An admission ends by itself: asking rarely is enough.
    const pollAfterSeconds = choosePollSeconds({
      ...poll,
      ...{ position: inside, waiting: inside, waitSeconds: Number.POSITIVE_INFINITY },
    });
    const admittedUntil = new Date(admittedUntilMs).toISOString();
    return { status, ticket, ahead, estimatedWaitSeconds: 0, pollAfterSeconds, admittedUntil, receipt };
  }
  const waitSeconds = estimateWaitSeconds(reply);
  if (ticket === 0) {
    const pollAfterSeconds = choosePollSeconds({ ...poll, position: waiting, waiting, waitSeconds });
    return { status, ticket: null, ahead: null, estimatedWaitSeconds: null, pollAfterSeconds, receipt };
  }
  const pollAfterSeconds = choosePollSeconds({ ...poll, position: ahead + 1, waiting, waitSeconds });
  return { status, ticket, ahead, estimatedWaitSeconds: waitSeconds, pollAfterSeconds, receipt };
}
