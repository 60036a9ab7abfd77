// Workers as the tests of deletions need them: none while a state is looked at, one when it is to go on.
import pino from 'pino';
import { readConfig } from '../../src/config';
import { openStorage } from '../../src/files/storage';
import { Links } from '../../src/mail/links';
import { Keyring } from '../../src/sessions/keyring';
import { startWorker, type RunningWorker } from '../../src/worker/start';
import { settled } from '../mail/outbox';
import { newSecretKey } from '../support/another-server';
import type { TestServer } from '../support/server';

/** A worker that deletes; as in production without a mail server, it leaves mail alone. */
export function startDeleting(
  { database }: Pick<TestServer, 'database'>,
  settings: Record<string, string> = {},
): RunningWorker {
  const config = readConfig({
    NODE_ENV: 'production',
    LOGIN_DATABASE_URL: database.loginUrl,
    SIGNIN_DATABASE_URL: database.signinUrl,
    WORKER_DATABASE_URL: database.workerUrl,
    SECRET_KEYS: newSecretKey('test'),
    ...settings,
  });
  const links = new Links(config, [...new Keyring([newSecretKey('test')]).derive('link').values()]);
  const storage = openStorage(config);
  return startWorker(
    config,
    database.workerUrl,
    { links, mailbox: null, storage },
    pino({ level: 'silent' }),
  );
}

/** Runs a worker until no client is left to be deleted. */
export async function finishDeletions(
  server: Pick<TestServer, 'database' | 'owner'>,
  settings: Record<string, string> = {},
): Promise<void> {
  const worker = startDeleting(server, settings);
  try {
    await settled(server.owner, 'delete_client');
  } finally {
    await worker.stop();
  }
}
