import { DeadlineError } from '../deadline.ts';
import { DependencyError, describeProblem, isProblem, Problem, problems } from '../errors.ts';
import { logger } from '../log.ts';
import type { Answer } from './answer.ts';

/**
 * The one place where an error becomes an answer (RFC 9457). A `Problem` says what it says; a dependency out
 * of reach is 503; anything else is a defect: logged whole, told to the client without its text.
 */
export function answerProblem(error: unknown, requestId: string): Answer {
  const problem = toProblem(error);
  const { status, title } = problems[problem.slug];
  if (status >= 500) logger.error(title, { requestId, slug: problem.slug, cause: error });
  return {
    status,
    text: JSON.stringify(describeProblem(problem, requestId)),
    headers: { 'content-type': 'application/problem+json', ...headersOf(problem) },
  };
}

function toProblem(error: unknown): Problem {
  if (isProblem(error)) return error;
  if (error instanceof DependencyError || error instanceof DeadlineError) {
    return new Problem(
      'unavailable',
      'A service that this request needs is out of reach; try again shortly.',
    );
  }
  return new Problem('internal', 'The request could not be completed.');
}

function headersOf({ slug }: Problem): Record<string, string> {
  if (slug === 'unauthenticated') return { 'www-authenticate': 'Bearer' };
  const row = problems[slug];
  return 'retryAfterSeconds' in row ? { 'retry-after': String(row.retryAfterSeconds) } : {};
}
