import type { Model, Step } from './linearizability.ts';

/** A hold as an answer described it. */
export interface KnownHold {
  readonly holdId: string;
  readonly expiresAtMs: number;
  readonly fence: number;
}

/** What was asked about one seat, with the answer. */
export type SeatInput =
  /** `hold` is null when nobody was told; `isNew` tells 201, a hold that was made, from 200, one that was there. */
  | {
      readonly kind: 'hold';
      readonly userId: string;
      /** All the seats of the request: a later 200 is for exactly these. */
      readonly seats: string;
      readonly holdMs: number;
      readonly hold: KnownHold | null;
      readonly isNew: boolean;
    }
  /** Somebody was told that the seat is taken. */
  | { readonly kind: 'refused' }
  | { readonly kind: 'release'; readonly holdId: string }
  | { readonly kind: 'pay'; readonly holdId: string; readonly expiresAtMs: number }
  | { readonly kind: 'cancel'; readonly holdId: string }
  | {
      readonly kind: 'see';
      readonly status: HoldStatus;
      readonly holdId: string;
      readonly expiresAtMs: number;
      /** Somebody asked at some time for the cancellation of what was bought with the hold, which stays paid. */
      readonly mayBeCancelled: boolean;
    };

export type HoldStatus = 'held' | 'expired' | 'released' | 'paid';

/** `holdId` is null while nobody knows it; `expiresAtMs` is then the earliest that it can be. */
type SeatState =
  | { readonly kind: 'free'; readonly fence: number }
  | { readonly kind: 'sold'; readonly fence: number; readonly holdId: string }
  | {
      readonly kind: 'held';
      readonly fence: number;
      readonly holdId: string | null;
      readonly userId: string;
      readonly seats: string;
      readonly expiresAtMs: number;
    };

type MaybeStep = Step<SeatState> | undefined;

/**
 * A seat: free, held until a moment that the clock reaches by itself, or sold.
 *
 * @param clockSlackMs how far the clock of the clients and that of the database may lie apart
 */
export function seatModel(clockSlackMs: number): Model<SeatState, SeatInput> {
  /** Whether a hold that ends then can have been alive at this moment, and the earliest at which it can be over. */
  const mayLive = (expiresAtMs: number, atMs: number) => atMs < expiresAtMs + clockSlackMs;
  const overFrom = (expiresAtMs: number, atMs: number) => Math.max(atMs, expiresAtMs - clockSlackMs);

  const isHeldBy = (state: SeatState, holdId: string) => state.kind === 'held' && state.holdId === holdId;
  const isSoldBy = (state: SeatState, holdId: string) => state.kind === 'sold' && state.holdId === holdId;

  const take = (state: SeatState, input: SeatInput & { kind: 'hold' }, atMs: number): MaybeStep => {
    if (state.kind === 'sold') return undefined;
    if (input.hold !== null && input.hold.fence <= state.fence) return undefined;
    const takenAtMs = state.kind === 'held' ? overFrom(state.expiresAtMs, atMs) : atMs;
    const { userId, seats, holdMs } = input;
    const { holdId, expiresAtMs, fence } = input.hold ?? {
      holdId: null,
      expiresAtMs: takenAtMs + holdMs,
      fence: state.fence,
    };
    return { state: { kind: 'held', fence, holdId, userId, seats, expiresAtMs }, atMs: takenAtMs };
  };

  /** 200: the hold was there, made by a request that its user was told nothing of, or told before. */
  const findOwn = (state: SeatState, input: SeatInput & { kind: 'hold' }, atMs: number): MaybeStep => {
    const { userId, seats, hold } = input;
    if (state.kind !== 'held' || hold === null || state.userId !== userId || state.seats !== seats)
      return undefined;
    if (state.holdId !== null && state.holdId !== hold.holdId) return undefined;
    if (!mayLive(hold.expiresAtMs, atMs)) return undefined;
    if (state.holdId === null && hold.fence <= state.fence) return undefined;
    return { state: { ...state, ...hold }, atMs };
  };

  const see = (state: SeatState, input: SeatInput & { kind: 'see' }, atMs: number): MaybeStep => {
    const { status, holdId, expiresAtMs, mayBeCancelled } = input;
    const isHeld = isHeldBy(state, holdId);
    const isSold = isSoldBy(state, holdId);
    if (status === 'held') return isHeld && mayLive(expiresAtMs, atMs) ? { state, atMs } : undefined;
    if (status === 'paid') return isSold || (mayBeCancelled && !isHeld) ? { state, atMs } : undefined;
    if (isSold || (status === 'released' && isHeld)) return undefined;
    return { state, atMs: status === 'expired' ? overFrom(expiresAtMs, atMs) : atMs };
  };

  return {
    initial: { kind: 'free', fence: 0 },
    step(state, { input }, atMs) {
      switch (input.kind) {
        case 'hold':
          return input.isNew || input.hold === null ? take(state, input, atMs) : findOwn(state, input, atMs);
        case 'refused':
          if (state.kind === 'free') return undefined;
          return state.kind === 'sold' || state.holdId === null || mayLive(state.expiresAtMs, atMs)
            ? { state, atMs }
            : undefined;
        case 'release':
          if (isSoldBy(state, input.holdId)) return undefined;
          return {
            state: isHeldBy(state, input.holdId) ? { kind: 'free', fence: state.fence } : state,
            atMs,
          };
        case 'pay':
          return isHeldBy(state, input.holdId) && mayLive(input.expiresAtMs, atMs)
            ? { state: { kind: 'sold', fence: state.fence, holdId: input.holdId }, atMs }
            : undefined;
        case 'cancel':
          return isSoldBy(state, input.holdId)
            ? { state: { kind: 'free', fence: state.fence }, atMs }
            : undefined;
        case 'see':
          return see(state, input, atMs);
      }
    },
    nameState: (state) => Object.values(state).join(' '),
    nameEffect: (input) =>
      input.kind === 'hold'
        ? `hold ${input.userId} ${input.seats}`
        : `${input.kind} ${'holdId' in input ? input.holdId : ''}`,
  };
}
