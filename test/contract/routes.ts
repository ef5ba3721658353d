/** Every route of the contract that is there so far, with ids that can be ids but name nothing. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly access: 'public' | 'user' | 'admin';
  readonly body?: 'required' | 'optional';
  /** Wants an `Idempotency-Key`. */
  readonly key?: true;
}

export const routes: readonly Route[] = [
  { method: 'POST', path: '/performances', access: 'admin', body: 'required' },
  { method: 'GET', path: '/performances', access: 'public' },
  { method: 'GET', path: '/performances/nothing', access: 'public' },
  { method: 'GET', path: '/performances/nothing/seats', access: 'public' },
  { method: 'GET', path: '/performances/nothing/queue', access: 'public' },
  { method: 'GET', path: '/performances/nothing/draw', access: 'public' },
  { method: 'PATCH', path: '/performances/nothing/waiting-room', access: 'admin', body: 'required' },
  { method: 'POST', path: '/performances/nothing/queue', access: 'user', body: 'optional' },
  { method: 'GET', path: '/performances/nothing/queue/me', access: 'user' },
  { method: 'DELETE', path: '/performances/nothing/queue/me', access: 'user' },
  { method: 'POST', path: '/performances/nothing/holds', access: 'user', body: 'required' },
  { method: 'GET', path: '/holds/nothing', access: 'user' },
  { method: 'POST', path: '/holds/nothing/extension', access: 'user', body: 'optional' },
  { method: 'DELETE', path: '/holds/nothing', access: 'user' },
  {
    method: 'POST',
    path: '/performances/nothing/reservation-requests',
    access: 'user',
    body: 'required',
    key: true,
  },
  { method: 'GET', path: '/reservation-requests/nothing', access: 'user' },
  { method: 'POST', path: '/wallet/charges', access: 'user', body: 'required', key: true },
  { method: 'GET', path: '/wallet', access: 'user' },
  { method: 'GET', path: '/wallet/entries', access: 'user' },
  { method: 'POST', path: '/payments', access: 'user', body: 'required', key: true },
  { method: 'GET', path: '/reservations', access: 'user' },
  { method: 'GET', path: '/reservations/nothing', access: 'user' },
  { method: 'DELETE', path: '/reservations/nothing', access: 'user', key: true },
  { method: 'GET', path: '/health', access: 'public' },
];

export const closedRoutes = routes.filter((route) => route.access !== 'public');
export const publicRoutes = routes.filter((route) => route.access === 'public');
export const bodyRoutes = routes.filter((route) => route.body === 'required');
