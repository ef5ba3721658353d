/** What the functions stand on, and what is taken away from them. */
export type Service = 'redis' | 'postgres' | 'kafka';

export const services: readonly Service[] = ['redis', 'postgres', 'kafka'];
