import { entryPromises } from './testing/entry-promises.ts';
import { openQueueServices } from './testing/queue-services.ts';

entryPromises(() => openQueueServices());
