import { admissionPromises } from './testing/admission-promises.ts';
import { openQueueServices } from './testing/queue-services.ts';

admissionPromises(() => openQueueServices());
