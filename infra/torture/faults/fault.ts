import type { Random } from '../../demo/random.ts';
import type { TortureStage } from '../stage/open-stage.ts';
import type { Service } from '../stage/service.ts';

/** One way in which a service fails. */
export interface Fault {
  readonly name: string;
  readonly service: Service;
  /**
   * `away`: not one request to the service is answered while it lasts. `shaky`: some are, some are not, or late.
   * `blip`: over as soon as it is done, but for what has to start or connect again.
   */
  readonly effect: 'away' | 'shaky' | 'blip';
  /** The least and the most that it lasts, in ms. */
  readonly lastsMs: readonly [least: number, most: number];
  /**
   * Makes it happen; resolves when it has.
   *
   * @returns takes it back
   */
  inject(stage: TortureStage, random: Random): Promise<() => Promise<void>>;
}
