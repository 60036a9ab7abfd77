// Ringfence as it is shipped, in production.
import 'reflect-metadata';
import './matrix';
import pino from 'pino';
import { features } from '../../src/graphql/features';
import { serveBenchmark } from '../contender';
import { startRingfence } from './start';

serveBenchmark(async (settings) => {
  // To stderr: the benchmark shows what goes wrong. The others wait for a connection as long as it takes.
  const { url } = await startRingfence(settings, features, pino.destination(2), {
    POOL_WAIT_MILLISECONDS: '30000',
  });
  return `${url}/graphql`;
});
