// Ringfence as it is shipped, in production, with the benchmark's features beside its own.
import 'reflect-metadata';
import './matrix';
import pino from 'pino';
import { readConfig } from '../../src/config';
import { startServer } from '../../src/server';
import { serveBenchmark } from '../contender';
import { benchFeatures } from './features';

serveBenchmark(async ({ databaseUrl, signinUrl, secretKeys, connections }) => {
  const config = readConfig({
    NODE_ENV: 'production',
    HOST: '127.0.0.1',
    PORT: '0',
    LOGIN_DATABASE_URL: databaseUrl,
    SIGNIN_DATABASE_URL: signinUrl,
    SECRET_KEYS: secretKeys.join(','),
    POOL_SIZE: String(connections),
    // The others wait as long as it takes.
    POOL_WAIT_MILLISECONDS: '30000',
    LOG_LEVEL: 'warn',
  });
  const location = { loginUrl: databaseUrl, signinUrl, secretKeys };
  // To stderr: the benchmark shows what goes wrong.
  const logger = pino({ level: config.LOG_LEVEL, base: undefined }, pino.destination(2));
  const { url } = await startServer(config, location, logger, benchFeatures);
  return `${url}/graphql`;
});
