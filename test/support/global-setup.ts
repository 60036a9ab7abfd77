import 'reflect-metadata';
import { startTestCluster, type TestCluster } from './cluster';
import { makeTemplate } from './database';

declare global {
  var ringfenceTestCluster: TestCluster | undefined;
}

/** One cluster for all suites; each suite has a database of its own, a copy of the migrated template. */
export default async function globalSetup(): Promise<void> {
  const cluster = await startTestCluster(process.env.TEST_DATABASE || 'embedded');
  globalThis.ringfenceTestCluster = cluster;
  process.env.RINGFENCE_TEST_CLUSTER = cluster.url;
  try {
    await makeTemplate();
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}
