import { setTimeout as sleep } from 'node:timers/promises';
import type { FunctionProcess } from './function-process.ts';
import type { HttpAnswer, Invocation } from './invocation.ts';
import { differences } from './operation.ts';

/** The longest lease of a dead process, the longest wait of the request that it holds up, and some time to spare. */
const answeredWithinMs = 12_000;
const pauseMs = 150;

/** Any answer but those after which a client asks again: come back later. */
const isAnswered = ({ statusCode, body }: HttpAnswer) =>
  statusCode < 500 && !body.includes('urn:problem:request-in-progress');

const isHttpAnswer = (answer: unknown): answer is HttpAnswer =>
  typeof answer === 'object' && answer !== null && 'statusCode' in answer;

/** Whoever sent the request that was lost, and sends it again until it is answered. */
export class Client {
  readonly #survivor: FunctionProcess;
  readonly #invocation: Invocation;
  readonly #isFinal: (answer: HttpAnswer) => boolean;
  /** The last that came. */
  answer: HttpAnswer | undefined;

  /** @param isFinal whether the client does not ask again after such an answer */
  constructor(survivor: FunctionProcess, invocation: Invocation, isFinal = isAnswered) {
    this.#survivor = survivor;
    this.#invocation = invocation;
    this.#isFinal = isFinal;
  }

  async repeat(): Promise<void> {
    const untilMs = performance.now() + answeredWithinMs;
    do {
      this.answer = await this.#send();
      if (this.#isFinal(this.answer)) return;
      await sleep(pauseMs);
    } while (performance.now() < untilMs);
  }

  /**
   * The answer is a success, and the same to the byte for whoever asks once more and for who heard it before.
   *
   * @param heard of the process that was to be killed
   */
  async auditReplay(heard: unknown, statusCode: 200 | 201): Promise<string[]> {
    const first = isHttpAnswer(heard) && heard.statusCode < 300 ? heard : this.answer;
    const again = await this.#send();
    const replayed = {
      statusCode: again.statusCode,
      body: again.body,
      header: again.headers['idempotency-replayed'],
    };
    return [
      ...differences(this.answer, { statusCode, body: first?.body }),
      ...differences(replayed, { statusCode, body: first?.body, header: 'true' }),
    ];
  }

  async #send(): Promise<HttpAnswer> {
    // The functions of the HTTP API answer nothing else.
    return (await this.#survivor.invoke(this.#invocation)) as HttpAnswer;
  }
}
