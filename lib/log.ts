import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';

/** Structured logs and EMF metrics. Neither a token nor a secret ever reaches them: events are not logged. */
export const logger = new Logger({ serviceName: 'concert-reservation' });

const emf = { namespace: 'ConcertReservation', serviceName: 'concert-reservation' };

export const metrics = new Metrics(emf);

/** Metrics with dimensions of their own: publishing them takes along nothing that waits elsewhere. */
export const metricsWith = (dimensions: Readonly<Record<string, string>>) =>
  new Metrics({ ...emf, defaultDimensions: dimensions });
