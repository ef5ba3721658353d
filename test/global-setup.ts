import { openSharedApp } from './contract/shared-app.ts';
import { openTestServices } from './test-services.ts';

declare global {
  var closeTestServices: (() => Promise<void>) | undefined;
}

/**
 * Jest's globalSetup: opens the door at which test files ask for services. Redis, Postgres and Kafka are started when
 * the first file asks, once for the whole run, and so is the app of the contract tests; a run of unit tests starts
 * none.
 */
export default async function globalSetup(): Promise<void> {
  const services = await openTestServices();
  process.env['TEST_SERVICES'] = services.address;
  const contract = await openSharedApp();
  process.env['CONTRACT_APP'] = contract.address;
  globalThis.closeTestServices = async () => {
    await contract.close();
    await services.close();
  };
}
