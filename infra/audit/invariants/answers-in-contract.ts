import { type Answered, answersOf, type RequestKind, slugOf } from '../exchange.ts';
import type { Invariant } from '../invariant.ts';

/** Problems that the requests of the crowds may meet, by kind; 503 is everyone's. */
const expected: Record<
  RequestKind,
  { readonly statuses: readonly number[]; readonly slugs: readonly string[] }
> = {
  'enter queue': { statuses: [200, 201], slugs: [] },
  'poll queue': { statuses: [200], slugs: ['not-in-queue'] },
  'read queue': { statuses: [200, 304], slugs: [] },
  'leave queue': { statuses: [204], slugs: [] },
  'read seats': { statuses: [200, 304], slugs: [] },
  'read performances': { statuses: [200, 304], slugs: [] },
  'read performance': { statuses: [200, 304], slugs: [] },
  'hold seats': { statuses: [200, 201], slugs: ['seat-unavailable', 'not-admitted', 'seat-limit'] },
  'read hold': { statuses: [200], slugs: [] },
  'extend hold': {
    statuses: [200],
    slugs: ['extension-limit', 'hold-expired', 'hold-released', 'hold-paid'],
  },
  'release hold': { statuses: [204], slugs: ['hold-paid'] },
  'charge wallet': { statuses: [201], slugs: ['request-in-progress', 'idempotency-key-reused'] },
  'read wallet': { statuses: [200], slugs: [] },
  'read entries': { statuses: [200], slugs: [] },
  'pay hold': {
    statuses: [201],
    slugs: ['request-in-progress', 'insufficient-points', 'hold-expired', 'hold-released', 'hold-paid'],
  },
  'cancel reservation': {
    statuses: [200],
    slugs: ['request-in-progress', 'already-cancelled', 'performance-started'],
  },
  'read reservation': { statuses: [200], slugs: [] },
  'list reservations': { statuses: [200], slugs: [] },
  'request seat': { statuses: [202], slugs: ['request-in-progress', 'not-admitted'] },
  'read request': { statuses: [200], slugs: [] },
  'read draw': { statuses: [200, 304], slugs: [] },
  'create performance': { statuses: [201], slugs: [] },
  'change waiting room': { statuses: [200], slugs: [] },
  'read health': { statuses: [200, 503], slugs: [] },
};

/** No crash and no surprise: a well-formed request meets only the answers that the contract has for it. */
export const answersInContract: Invariant = {
  name: 'answers-in-contract',
  claim: 'every answer is one that the contract has for its request; none is a crash',
  needs: 'clients',
  async judge({ exchanges }) {
    const answers = answersOf(exchanges);
    return {
      judged: answers.length,
      counted: `${answers.length} answers`,
      violations: strangeAnswers(answers),
    };
  },
};

/** What the contract does not have, in a sentence each. */
export function strangeAnswers(answers: readonly Answered[]): string[] {
  const strange = Map.groupBy(
    answers.filter((answer) => !isExpected(answer)),
    describe,
  );
  return [...strange].map(([what, same]) => `${what}: ${same.length} times`);
}

function isExpected({ kind, status, text, json }: Answered): boolean {
  // A handler that threw is answered by the local gateway with 200 and the error as its body.
  if ('errorType' in json && 'errorMessage' in json) return false;
  const slug = slugOf(text);
  if (slug === null) return expected[kind].statuses.includes(status);
  return (status === 503 && slug === 'unavailable') || expected[kind].slugs.includes(slug);
}

function describe({ kind, status, text }: Answered): string {
  return `${kind} was answered ${status} ${slugOf(text) ?? text.slice(0, 120)}`;
}
