import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import type { Lock } from '../lock/lock.ts';
import { newKey, newUser, points } from '../testing/people.ts';
import { refusalOf } from '../testing/race.ts';
import { useScene } from '../testing/scene.ts';
import { changeWalletOnce } from './change-wallet-once.ts';
import { creditWallet } from './credit-wallet.ts';
import { lockWallet } from './lock-wallet.ts';
import { readWallet } from './read-wallet.ts';

const scene = useScene();
const amount = points(100);
/** The bound of the contract on a 503, and on everything that is answered here. */
const answerWithinMs = 3_000;

/** The wallets' lock, whose first lease lasts so long and not the time that was asked for. */
function withFirstLeaseOf(leaseMs: number): Lock {
  let leases = 0;
  const lock = scene.walletLock;
  return {
    acquire: (resources, options) => {
      leases += 1;
      return lock.acquire(resources, leases === 1 ? { ...options, leaseMs } : options);
    },
    release: (resources, token) => lock.release(resources, token),
    extend: (resources, token, extendedMs) => lock.extend(resources, token, extendedMs),
    close: async () => undefined,
  };
}

/** Credits points, the first time for longer than the lease lasts. */
async function chargeSlowly(leaseMs: number) {
  const userId = newUser();
  const services = { db: scene.db, walletLock: withFirstLeaseOf(leaseMs) };
  const operation = 'charge' as const;
  const request = { userId, operation, key: newKey(), content: { amount }, requestId: 'r' };
  let tries = 0;
  const beganAtMs = performance.now();
  const answering = changeWalletOnce(services, request, async (tx, fence) => {
    tries += 1;
    await lockWallet(tx, userId, fence);
    if (tries === 1) await sleep(leaseMs + 50);
    return { balance: await creditWallet(tx, userId, amount) };
  });
  return {
    answering,
    told: () => ({ tries, isInTime: performance.now() - beganAtMs < answerWithinMs }),
    balance: async () => (await readWallet(scene.db, userId)).balance,
  };
}

test('a lease that is lost in the middle of a request is taken anew, and the change is made once', async () => {
  const { answering, told, balance } = await chargeSlowly(1_200);
  expect(await answering).toMatchObject({ status: 201, replayed: false });
  expect(told()).toEqual({ tries: 2, isInTime: true });
  expect(await balance()).toBe(100);
});

test('one that is lost so late that a second would not end in time is told, and nothing was done', async () => {
  const { answering, told, balance } = await chargeSlowly(1_700);
  expect(await refusalOf(answering)).toMatchObject({ slug: 'unavailable' });
  expect(told()).toEqual({ tries: 1, isInTime: true });
  expect(await balance()).toBe(0);
});
