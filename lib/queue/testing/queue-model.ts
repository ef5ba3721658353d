import { ModelBucket } from './model-bucket.ts';
import { compareText, drawnOrder, lineOrder, type Waiter } from './model-line.ts';
import type { ModelChange, ModelClaim, ModelPlace, ModelSettings } from './model-types.ts';

interface Admission {
  readonly user: string;
  readonly ticket: number;
  readonly untilMs: number;
}

/**
 * The waiting room as the contract describes it, on plain lists that are sorted anew each time: as slow and as
 * obvious as can be. It shares no code and no data structure with the scripts.
 */
export class QueueModel {
  #epoch = 1;
  /** Given without the draw; those of the draw come before. */
  #lastTicket = 0;
  #lastReturn = 0;
  /** Who takes part in the draw. */
  #lots: string[] = [];
  #nowServing = 0;
  #resumeAtMs = 0;
  #waiters: Waiter[] = [];
  #admissions: Admission[] = [];
  #spent = new Set<string>();
  #bucket: ModelBucket;
  #settings: ModelSettings;

  constructor(settings: ModelSettings, nowUs: number) {
    this.#settings = settings;
    this.#bucket = new ModelBucket(settings.admitPerSecond, nowUs);
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** No ticket that was given is higher. */
  get lastTicket(): number {
    return this.#lastTicket + this.#lots.length;
  }

  /** Redis lost everything; the line begins again above `ticketBase`, and for late returns above `returnBase`. */
  lose(ticketBase: number, returnBase: number, nowUs: number): void {
    this.#epoch += 1;
    this.#lastTicket = ticketBase;
    this.#lastReturn = returnBase;
    this.#lots = [];
    this.#nowServing = 0;
    this.#waiters = [];
    this.#admissions = [];
    this.#spent = new Set();
    this.#bucket = new ModelBucket(this.#settings.admitPerSecond, nowUs);
    this.#resumeAtMs = Math.floor(nowUs / 1_000) + Math.min(this.#settings.heartbeatMs, 30_000);
  }

  /** A tenth of the line or more was not heard of in time, or has little left, to somebody who could not reach Redis. */
  grantGrace(nowUs: number): boolean {
    const nowMs = Math.floor(nowUs / 1_000);
    const soonMs = nowMs + Math.min(Math.floor(this.#settings.heartbeatMs / 3), 3_000);
    const overdue = this.#waiters.filter(({ deadlineMs }) => deadlineMs <= soonMs).length;
    if (nowMs < this.#resumeAtMs || overdue === 0 || overdue / this.#waiters.length < 0.1) return false;
    this.#resumeAtMs = nowMs + Math.min(this.#settings.heartbeatMs, 30_000);
    return true;
  }

  /** Tokens come at the old rate until now, and at the new one from now on. */
  change(changes: ModelChange, nowUs: number): void {
    this.#bucket.fill(this.#settings.admitPerSecond, nowUs);
    this.#settings = { ...this.#settings, ...changes };
    this.#bucket.fill(this.#settings.admitPerSecond, nowUs);
  }

  enter(user: string, claim: ModelClaim | undefined, nowUs: number): { place: ModelPlace; created: boolean } {
    const nowMs = this.#expire(nowUs);
    const known = this.#isWaiting(user, nowMs);
    const inside = this.#isInside(user, nowMs);
    if (!inside) {
      const ticket = this.#ticketFor(user, known, claim, nowMs);
      this.#forget(user);
      this.#waiters.push({ user, ticket, deadlineMs: this.#deadline(nowMs) });
    }
    this.#admit(nowUs);
    return { place: this.#place(user, nowMs), created: !known && !inside };
  }

  #ticketFor(user: string, known: boolean, claim: ModelClaim | undefined, nowMs: number): number | undefined {
    const current = this.#waiters.find((waiter) => known && waiter.user === user);
    if (this.#isUndrawn(nowMs)) {
      if (!current) this.#lots.push(user);
      return undefined;
    }
    if (current && current.ticket === undefined) return undefined;
    if (claim && claim.epoch < this.#epoch && this.#spend(user)) {
      return claim.ticket || ++this.#lastReturn + this.#lots.length;
    }
    return current?.ticket ?? ++this.#lastTicket + this.#lots.length;
  }

  poll(user: string, nowUs: number): ModelPlace | undefined {
    const nowMs = this.#expire(nowUs);
    const known = this.#isWaiting(user, nowMs);
    for (const waiter of this.#waiters)
      if (known && waiter.user === user) waiter.deadlineMs = this.#deadline(nowMs);
    this.#admit(nowUs);
    return known || this.#isInside(user, nowMs) ? this.#place(user, nowMs) : undefined;
  }

  leave(user: string, nowUs: number): void {
    const nowMs = this.#expire(nowUs);
    this.#forget(user);
    if (this.#isUndrawn(nowMs)) this.#lots = this.#lots.filter((each) => each !== user);
    this.#spend(user);
    this.#admit(nowUs);
  }

  /** Ends an admission and nothing else; without one there is nothing to end, nor a place that came free. */
  pay(user: string, nowUs: number): void {
    this.#expire(nowUs);
    if (!this.#admissions.some((admission) => admission.user === user)) return;
    this.#admissions = this.#admissions.filter((admission) => admission.user !== user);
    this.#spend(user);
    this.#admit(nowUs);
  }

  sweepOnce(nowUs: number): { lostWaiters: number; endedAdmissions: number; admissions: number } {
    const [waiting, inside] = [this.#waiters.length, this.#admissions.length];
    this.#expire(nowUs);
    const endedAdmissions = inside - this.#admissions.length;
    const admissions = this.#admit(nowUs);
    return { lostWaiters: waiting - this.#waiters.length - admissions, endedAdmissions, admissions };
  }

  view(nowUs: number): {
    state: string;
    nowServing: number;
    waiting: number;
    admitted: number;
    capacity: number;
  } {
    const nowMs = this.#expire(nowUs);
    this.#admit(nowUs);
    const state = nowMs < this.#settings.opensAtMs ? 'scheduled' : this.#isPaused(nowMs) ? 'paused' : 'open';
    return {
      state,
      nowServing: this.#nowServing,
      waiting: this.#waiters.filter((waiter) => this.#isHeard(waiter, nowMs)).length,
      admitted: this.#admissions.filter((admission) => admission.untilMs > nowMs).length,
      capacity: this.#settings.capacity,
    };
  }

  isAdmitted(user: string, nowUs: number): boolean {
    return this.#isInside(user, Math.floor(nowUs / 1_000));
  }

  /** Everybody known in order, with ticket (0 for a lot) and deadline: for a comparison of the whole state. */
  contents(): { line: [string, number, number][]; admitted: [string, number, number][] } {
    return {
      line: this.#inOrder().map(({ user, ticket = 0, deadlineMs }) => [user, ticket, deadlineMs]),
      admitted: this.#admissions
        .toSorted((a, b) => a.ticket - b.ticket)
        .map(({ user, ticket, untilMs }) => [user, ticket, untilMs]),
    };
  }

  #inOrder = (): Waiter[] => lineOrder(this.#waiters, this.#drawn());

  #drawn = () => drawnOrder(this.#settings.drawSeed ?? '', this.#lots);

  #ticketOf = ({ user, ticket }: Waiter) => ticket ?? this.#drawn().indexOf(user) + 1;

  #expire(nowUs: number): number {
    const nowMs = Math.floor(nowUs / 1_000);
    const lost = this.#waiters
      .filter((waiter) => !this.#isHeard(waiter, nowMs))
      .toSorted((a, b) => a.deadlineMs - b.deadlineMs || compareText(a.user, b.user))
      .slice(0, this.#settings.batch);
    this.#waiters = this.#waiters.filter((waiter) => !lost.includes(waiter));
    const ended = this.#admissions
      .filter((admission) => admission.untilMs <= nowMs)
      .toSorted((a, b) => a.untilMs - b.untilMs || compareText(a.user, b.user))
      .slice(0, this.#settings.batch);
    this.#admissions = this.#admissions.filter((admission) => !ended.includes(admission));
    return nowMs;
  }

  #admit(nowUs: number): number {
    const nowMs = Math.floor(nowUs / 1_000);
    if (nowMs < this.#settings.opensAtMs || this.#isPaused(nowMs)) return 0;
    this.#bucket.fill(this.#settings.admitPerSecond, nowUs);
    let admissions = 0;
    const free = this.#settings.capacity - this.#admissions.length;
    const places = Math.min(free, this.#bucket.tokens, this.#settings.batch);
    for (const waiter of this.#inOrder().slice(0, Math.max(places, 0))) {
      const { user, deadlineMs } = waiter;
      const ticket = this.#ticketOf(waiter);
      this.#waiters = this.#waiters.filter((each) => each !== waiter);
      if (deadlineMs <= nowMs) continue;
      this.#admissions.push({ user, ticket, untilMs: nowMs + this.#settings.admissionMs });
      this.#spend(user);
      this.#nowServing = Math.max(this.#nowServing, ticket);
      this.#bucket.take();
      admissions += 1;
    }
    return admissions;
  }

  #place(user: string, nowMs: number): ModelPlace {
    const admission = this.#admissions.find((each) => each.user === user);
    if (admission) {
      return { status: 'admitted', ticket: admission.ticket, ahead: 0, admittedUntilMs: admission.untilMs };
    }
    const line = this.#inOrder();
    const ahead = line.findIndex((waiter) => waiter.user === user);
    const waiter = line[ahead];
    if (!waiter) throw new Error(`${user} has no place`);
    const status = nowMs < this.#settings.opensAtMs ? 'scheduled' : 'waiting';
    if (this.#isUndrawn(nowMs)) return { status, ticket: null, ahead: null, admittedUntilMs: 0 };
    return { status, ticket: this.#ticketOf(waiter), ahead, admittedUntilMs: 0 };
  }

  #isUndrawn = (nowMs: number) => this.#settings.drawSeed !== null && nowMs < this.#settings.opensAtMs;

  #isPaused = (nowMs: number) => this.#settings.paused || nowMs < this.#resumeAtMs;

  #deadline = (nowMs: number) => Math.max(nowMs, this.#settings.opensAtMs) + this.#settings.heartbeatMs;

  #isWaiting = (user: string, nowMs: number) =>
    this.#waiters.some((waiter) => waiter.user === user && this.#isHeard(waiter, nowMs));

  /** While people may return, everybody counts as heard. */
  #isHeard = ({ deadlineMs }: Waiter, nowMs: number) => deadlineMs > nowMs || nowMs < this.#resumeAtMs;

  #isInside = (user: string, nowMs: number) =>
    this.#admissions.some((admission) => admission.user === user && admission.untilMs > nowMs);

  #forget(user: string): void {
    this.#waiters = this.#waiters.filter((waiter) => waiter.user !== user);
    this.#admissions = this.#admissions.filter((admission) => admission.user !== user);
  }

  /** Whether a receipt of a lost line was still worth something to the user; from now on it is not. */
  #spend(user: string): boolean {
    if (this.#epoch === 1 || this.#spent.has(user)) return false;
    this.#spent.add(user);
    return true;
  }
}
