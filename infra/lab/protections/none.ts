import type { Protection } from '../cell.ts';

export const none: Protection = {
  name: 'none',
  title: 'none (read–modify–write)',
  holdsBecause: 'Nothing here depends on what was read.',
  explanation:
    'Reads, decides, writes; each statement commits by itself. The control: whatever breaks, breaks here.',
  attempt: (lab, round, index) => lab.pool.onConnection((statements) => round.attempt(statements, index)),
};
