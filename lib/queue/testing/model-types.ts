/** The settings under which a model runs; the same words as in Postgres, times in ms. */
export interface ModelSettings {
  readonly capacity: number;
  readonly admitPerSecond: number;
  readonly admissionMs: number;
  readonly heartbeatMs: number;
  readonly opensAtMs: number;
  /** In hex; null without a draw. */
  readonly drawSeed: string | null;
  readonly paused: boolean;
  /** How many a call removes or admits at most. */
  readonly batch: number;
}

/** What may change of the settings. */
export type ModelChange = Partial<Pick<ModelSettings, 'capacity' | 'admitPerSecond' | 'paused'>>;

export interface ModelPlace {
  readonly status: 'scheduled' | 'waiting' | 'admitted';
  /** Null until the draw, as is the next. */
  readonly ticket: number | null;
  readonly ahead: number | null;
  readonly admittedUntilMs: number;
}

export interface ModelClaim {
  /** 0 when it was given before the draw. */
  readonly ticket: number;
  readonly epoch: number;
}
