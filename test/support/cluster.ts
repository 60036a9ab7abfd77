// Where the tests find a Postgres. TEST_DATABASE: `embedded` (default, throwaway), the URL of a superuser or of a role
// that may create databases and roles, or `testcontainers` where Docker is.
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../../src/database/embedded';

export interface TestCluster {
  /** Somebody who may create databases and roles. */
  url: string;
  stop(): Promise<void>;
}

const image = 'postgres:18';

export async function startTestCluster(choice: string): Promise<TestCluster> {
  if (/^postgres(ql)?:/.test(choice)) return { url: choice, stop: () => Promise.resolve() };
  if (choice === 'testcontainers') return startContainer();
  if (choice === 'embedded') return startEmbedded();
  throw new Error(`TEST_DATABASE is embedded, testcontainers or a postgres:// URL, not ${choice}`);
}

async function startEmbedded(): Promise<TestCluster> {
  const directory = mkdtempSync(join(roomyFolder(), 'ringfence-test-'));
  // As root, Postgres runs as somebody else, who must get in.
  chmodSync(directory, 0o755);
  const server = await startEmbeddedPostgres({
    directory: join(directory, 'postgres'),
    durable: false,
    maximumConnections: 200,
  });
  return {
    url: server.url,
    stop: async () => {
      await server.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

const memory = '/dev/shm';
const roomyBytes = 4 * 2 ** 30;

/** In memory where there is plenty: hundreds of databases of a thousand files come and go, which takes a disk's file system long. */
function roomyFolder(): string {
  if (!existsSync(memory)) return tmpdir();
  const { bavail, bsize } = statfsSync(memory);
  return bavail * bsize >= roomyBytes ? memory : tmpdir();
}

/** Imported only when it is asked for: it needs a newer Node than the rest. */
async function startContainer(): Promise<TestCluster> {
  const { GenericContainer, Wait } = await import('testcontainers');
  const password = randomBytes(12).toString('hex');
  const container = await new GenericContainer(image)
    .withEnvironment({ POSTGRES_PASSWORD: password })
    .withExposedPorts(5432)
    .withCommand(['postgres', '-c', 'fsync=off', '-c', 'max_connections=200'])
    .withWaitStrategy(Wait.forLogMessage(/ready to accept connections/, 2))
    .start();
  const url = `postgres://postgres:${password}@${container.getHost()}:${container.getMappedPort(5432)}/postgres`;
  return { url, stop: async () => void (await container.stop()) };
}
