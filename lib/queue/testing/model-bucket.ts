/** Each admission takes a token; a token comes every 1 s / rate and at most one second's worth is kept. */
export class ModelBucket {
  #microTokens: number;
  #filledAtUs: number;

  constructor(perSecond: number, nowUs: number) {
    this.#microTokens = perSecond * 1_000_000;
    this.#filledAtUs = nowUs;
  }

  fill(perSecond: number, nowUs: number): void {
    const refill = (nowUs - this.#filledAtUs) * perSecond;
    this.#microTokens = Math.min(this.#microTokens + refill, perSecond * 1_000_000);
    this.#filledAtUs = nowUs;
  }

  /** Whole ones. */
  get tokens(): number {
    return Math.floor(this.#microTokens / 1_000_000);
  }

  take(): void {
    this.#microTokens -= 1_000_000;
  }
}
