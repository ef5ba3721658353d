import { leaseMutants } from './lease-mutants.ts';
import { lineMutants } from './line-mutants.ts';
import { networkMutants } from './network-mutants.ts';
import type { SourceMutant } from './source-mutant.ts';

export const sourceMutants: readonly SourceMutant[] = [...networkMutants, ...leaseMutants, ...lineMutants];
