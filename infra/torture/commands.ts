import type { Command } from './command.ts';
import { crashCommand } from './crash-matrix/crash-command.ts';
import { faultsCommand } from './faults/faults-command.ts';
import { soakCommand } from './soak/soak-command.ts';

/** The first is meant when none is named. */
export const commands: Readonly<Record<string, Command>> = {
  faults: faultsCommand,
  crash: crashCommand,
  soak: soakCommand,
};
