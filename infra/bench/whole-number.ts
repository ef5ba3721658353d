import { UsageError } from './usage-error.ts';

/** Reads the value of an option. @throws UsageError when it is not a whole number from `least` to `most` */
export function wholeNumber(name: string, text: string, least: number, most: number): number {
  const value = /^\d{1,7}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new UsageError(`--${name}: ${text || 'nothing'} is not a whole number from ${least} to ${most}`);
}
