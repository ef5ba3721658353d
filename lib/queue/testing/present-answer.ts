import type { Place } from '../place.ts';
import type { ModelPlace } from './model-types.ts';

/** An answer as the model gives it: without what is computed from it. */
export function presentAnswer(answer: unknown): unknown {
  if (isEntry(answer)) return { place: modelPlace(answer.place), created: answer.created };
  return isPlace(answer) ? modelPlace(answer) : answer;
}

/** The place in an answer, if there is one. */
export function placeIn(answer: unknown): Place | undefined {
  if (isEntry(answer)) return answer.place;
  return isPlace(answer) ? answer : undefined;
}

function isEntry(answer: unknown): answer is { place: Place; created: boolean } {
  return typeof answer === 'object' && answer !== null && 'created' in answer;
}

function isPlace(answer: unknown): answer is Place {
  return typeof answer === 'object' && answer !== null && 'ticket' in answer;
}

function modelPlace(place: Place): ModelPlace {
  const { status, ticket, ahead, admittedUntil } = place;
  return {
    status,
    ticket,
    ahead,
    admittedUntilMs: admittedUntil === undefined ? 0 : Date.parse(admittedUntil),
  };
}
