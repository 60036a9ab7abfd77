// Starts Ringfence as it is shipped, in production, with other features beside its own.
import pino, { type DestinationStream } from 'pino';
import { readConfig } from '../../src/config';
import type { Feature } from '../../src/graphql/features';
import { startServer, type RunningServer } from '../../src/server';
import type { ContenderSettings } from '../contender';

export function startRingfence(
  { databaseUrl, signinUrl, secretKeys, connections }: ContenderSettings,
  features: readonly Feature[],
  log: DestinationStream,
  settings: Record<string, string> = {},
): Promise<RunningServer> {
  const config = readConfig({
    NODE_ENV: 'production',
    HOST: '127.0.0.1',
    PORT: '0',
    LOGIN_DATABASE_URL: databaseUrl,
    SIGNIN_DATABASE_URL: signinUrl,
    WORKER: 'false',
    SECRET_KEYS: secretKeys.join(','),
    POOL_SIZE: String(connections),
    LOG_LEVEL: 'warn',
    ...settings,
  });
  const logger = pino({ level: config.LOG_LEVEL, base: undefined }, log);
  return startServer(
    config,
    { loginUrl: databaseUrl, signinUrl, workerUrl: null, secretKeys },
    logger,
    features,
  );
}
