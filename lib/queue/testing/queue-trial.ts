import assert from 'node:assert/strict';
import type { Db } from '../../db/client.ts';
import { Problem } from '../../errors.ts';
import type { PerformanceId } from '../../ids.ts';
import { queueKeys } from '../../redis/keys.ts';
import { changeRoom } from '../change-room.ts';
import { findDrawSeed } from '../draw-seed.ts';
import { endAdmission } from '../end-admission.ts';
import { enterQueue } from '../enter-queue.ts';
import { grantGrace } from '../grant-grace.ts';
import { isAdmitted } from '../is-admitted.ts';
import { leaveQueue } from '../leave-queue.ts';
import { openLine } from '../open-line.ts';
import type { Place } from '../place.ts';
import { readPlace } from '../read-place.ts';
import { readQueue } from '../read-queue.ts';
import { readReceipt } from '../receipt.ts';
import { readRoomNumber } from '../room-numbers.ts';
import { sweepQueue } from '../sweep-queue.ts';
import type { EditedClient } from './edited-redis.ts';
import type { ModelChange } from './model-types.ts';
import { placeIn, presentAnswer } from './present-answer.ts';
import type { QueueCommand, QueueRequest } from './queue-commands.ts';
import type { QueueModel } from './queue-model.ts';
import type { TestClock } from './test-clock.ts';
import { userNumbered } from './test-room.ts';

export interface TrialServices {
  readonly redis: EditedClient;
  readonly db: Db;
  readonly receiptKey: string;
}

interface KeptReceipt {
  readonly receipt: string;
  /** 0 when it was given before the draw. */
  readonly ticket: number;
  readonly epoch: number;
}

/** Runs commands on the real waiting room and on the model, and throws where their answers differ. */
export class QueueTrial {
  readonly #services: TrialServices;
  readonly #performanceId: PerformanceId;
  readonly #clock: TestClock;
  readonly #model: QueueModel;
  readonly #batch: number;
  /** Every receipt that was given, by user number, oldest first. */
  readonly #receipts = new Map<number, KeptReceipt[]>();

  constructor(
    services: TrialServices,
    room: { performanceId: PerformanceId; clock: TestClock; model: QueueModel; batch: number },
  ) {
    this.#services = services;
    this.#performanceId = room.performanceId;
    this.#clock = room.clock;
    this.#model = room.model;
    this.#batch = room.batch;
  }

  async run(commands: readonly QueueCommand[]): Promise<void> {
    await openLine(this.#services, this.#performanceId);
    // Read beforehand: an entry that has to ask for it is sent a second time, after others.
    await findDrawSeed(this.#services.db, this.#performanceId);
    for (const command of commands) await this.#runOne(command);
    await this.#compareContents();
    await this.#compareEnds();
  }

  async #runOne(command: QueueCommand): Promise<void> {
    if (command.do === 'wait') await this.#clock.advanceUs(command.us);
    else if (command.do === 'lose') await this.#lose();
    else if (command.do === 'return') await this.#compareGrace();
    else if (command.do === 'change') await this.#change(command.changes);
    else await this.#compareTogether(command.requests);
  }

  /** All are sent before the first answer; one connection keeps their order, so the model knows it too. */
  async #compareTogether(requests: readonly QueueRequest[]): Promise<void> {
    const receipts = requests.map((request) => this.#chooseReceipt(request));
    const answers = await Promise.all(requests.map((request, i) => this.#ask(request, receipts[i])));
    for (const [i, request] of requests.entries()) {
      const expected = this.#expect(request, receipts[i]);
      assert.deepStrictEqual(presentAnswer(answers[i]), expected, `${request.do} of user ${request.user}`);
      this.#keepReceipt(request, placeIn(answers[i]));
    }
  }

  #ask({ do: verb, user }: QueueRequest, kept: KeptReceipt | undefined): Promise<unknown> {
    const { redis } = this.#services;
    const owner = { performanceId: this.#performanceId, userId: userNumbered(user) };
    switch (verb) {
      case 'enter':
        return enterQueue(this.#services, kept ? { ...owner, receipt: kept.receipt } : owner);
      case 'poll':
        return readPlace(this.#services, owner).catch((error: unknown) => {
          // Not being in is one of the answers to compare.
          if (error instanceof Problem && error.slug === 'not-in-queue') return undefined;
          throw error;
        });
      case 'leave':
        return leaveQueue(this.#services, owner);
      case 'pay':
        return endAdmission(redis, owner);
      case 'view':
        return readQueue(this.#services, this.#performanceId);
      case 'check':
        return isAdmitted(redis, this.#performanceId, owner.userId);
      case 'sweep':
        return sweepQueue(redis, this.#performanceId);
    }
  }

  #expect({ do: verb, user, receiptOf }: QueueRequest, kept: KeptReceipt | undefined): unknown {
    const [name, nowUs] = [userNumbered(user), this.#clock.nowUs];
    switch (verb) {
      case 'enter':
        return this.#model.enter(name, receiptOf === user ? kept : undefined, nowUs);
      case 'poll':
        return this.#model.poll(name, nowUs);
      case 'leave':
        return this.#model.leave(name, nowUs);
      case 'pay':
        return this.#model.pay(name, nowUs);
      case 'view':
        return this.#model.view(nowUs);
      case 'check':
        return this.#model.isAdmitted(name, nowUs);
      case 'sweep':
        return this.#sweepModel();
    }
  }

  #sweepModel() {
    const total = { lostWaiters: 0, endedAdmissions: 0, admissions: 0 };
    for (;;) {
      const done = this.#model.sweepOnce(this.#clock.nowUs);
      total.lostWaiters += done.lostWaiters;
      total.endedAdmissions += done.endedAdmissions;
      total.admissions += done.admissions;
      if (Math.max(done.lostWaiters, done.endedAdmissions, done.admissions) < this.#batch) return total;
    }
  }

  async #lose(): Promise<void> {
    const { redis } = this.#services;
    const keys = queueKeys(this.#performanceId);
    await redis.del(...Object.values(keys));
    await openLine(this.#services, this.#performanceId);
    const [ticketBase = 0, returnBase = 0] = (await redis.hmget(keys.room, 'lastTicket', 'lastReturn')).map(
      Number,
    );
    const lowest = Math.min(ticketBase, returnBase);
    assert.ok(lowest > this.#model.lastTicket, 'a new line begins above every ticket given');
    this.#model.lose(ticketBase, returnBase, this.#clock.nowUs);
  }

  async #compareGrace(): Promise<void> {
    const granted = await grantGrace(this.#services.redis, this.#performanceId);
    assert.equal(granted, this.#model.grantGrace(this.#clock.nowUs), 'whether there is grace');
  }

  async #change(changes: ModelChange): Promise<void> {
    await changeRoom(this.#services, this.#performanceId, changes);
    this.#model.change(changes, this.#clock.nowUs);
  }

  async #compareContents(): Promise<void> {
    const { redis } = this.#services;
    const keys = queueKeys(this.#performanceId);
    const expected = this.#model.contents();
    const [line, heartbeats, admitted, tickets] = await Promise.all([
      readScores(redis, keys.line),
      readScores(redis, keys.heartbeats),
      readScores(redis, keys.admitted),
      redis.hgetall(keys.admittedTickets),
    ]);
    assert.deepStrictEqual(Object.keys(line), Object.keys(byUser(expected.line, 1)));
    assert.deepStrictEqual(withoutLots(line), byUser(expected.line, 1));
    assert.deepStrictEqual(heartbeats, byUser(expected.line, 2));
    assert.deepStrictEqual(admitted, byUser(expected.admitted, 2));
    const admittedTickets = Object.entries(tickets).map(([user, ticket]) => [user, Number(ticket)]);
    assert.deepStrictEqual(Object.fromEntries(admittedTickets), byUser(expected.admitted, 1));
  }

  /** Whatever there is goes at one time, which the room knows. */
  async #compareEnds(): Promise<void> {
    const { redis } = this.#services;
    const keys = queueKeys(this.#performanceId);
    const expireAtMs = await readRoomNumber(redis, this.#performanceId, 'expireAtMs');
    const noKey = -2;
    for (const key of Object.values(keys)) {
      const endMs = await redis.pexpiretime(key);
      assert.ok(endMs === expireAtMs || endMs === noKey, `${key} expires at ${endMs}`);
    }
  }

  #chooseReceipt({ receiptOf, receiptAge }: QueueRequest): KeptReceipt | undefined {
    return receiptOf === undefined ? undefined : this.#receipts.get(receiptOf)?.at(-1 - receiptAge);
  }

  /** It says whose place this is, and in which line; what is given to who enters is kept. */
  #keepReceipt({ do: verb, user }: QueueRequest, place: Place | undefined): void {
    if (place === undefined) return;
    const owner = { performanceId: this.#performanceId, userId: userNumbered(user) };
    const claim = { ticket: place.ticket ?? 0, epoch: this.#model.epoch };
    const { receipt } = place;
    assert.deepStrictEqual(readReceipt(this.#services.receiptKey, receipt, owner), { ...owner, ...claim });
    const kept = this.#receipts.get(user) ?? [];
    if (verb === 'enter') this.#receipts.set(user, [...kept, { receipt, ...claim }]);
  }
}

function byUser(rows: readonly (readonly [string, number, number])[], column: 1 | 2): Record<string, number> {
  return Object.fromEntries(rows.map((row) => [row[0], row[column]]));
}

/** A score below every ticket is a lot. */
const withoutLots = (scores: Record<string, number>) =>
  Object.fromEntries(Object.entries(scores).map(([user, score]) => [user, score < 1 ? 0 : score]));

async function readScores(redis: EditedClient, key: string): Promise<Record<string, number>> {
  const flat = await redis.zrange(key, '0', '-1', 'WITHSCORES');
  const scores: Record<string, number> = {};
  for (let i = 0; i < flat.length; i += 2) scores[String(flat[i])] = Number(flat[i + 1]);
  return scores;
}
